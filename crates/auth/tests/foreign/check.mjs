// npm's `jose` as a service would use it: the key set from its address, every claim demanded.
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';

const { jwks, algorithm, cases } = JSON.parse(process.env.CASES);
const keys = createRemoteJWKSet(new URL(jwks));

const why = (error) => {
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) return error.claim;
  return `${error.name}: ${error.message}`;
};

const outcomes = {};
for (const { name, token, issuer, audience } of cases) {
  const demands = { issuer, audience, algorithms: [algorithm], requiredClaims: ['exp', 'iat', 'sub'] };
  try {
    outcomes[`jose ${name}`] = `accepted ${(await jwtVerify(token, keys, demands)).payload.sub}`;
  } catch (error) {
    outcomes[`jose ${name}`] = why(error);
  }
}
console.log(JSON.stringify(outcomes));
