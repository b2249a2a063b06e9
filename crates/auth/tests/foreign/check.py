"""PyPI's PyJWT, joserfc and jwcrypto as a service would use them: the key set from its address, every claim demanded."""

import json
import os
import urllib.request

import joserfc.errors
import joserfc.jwk
import joserfc.jwt
import jwcrypto.jwk
import jwcrypto.jws
import jwcrypto.jwt
import jwt

GIVEN = json.loads(os.environ["CASES"])
ALGORITHMS = [GIVEN["algorithm"]]
DEMANDED = ["exp", "iat", "sub", "iss", "aud"]
with urllib.request.urlopen(GIVEN["jwks"], timeout=10) as answer:
    JWKS = answer.read().decode()


def pyjwt(token, issuer, audience):
    key = jwt.PyJWKClient(GIVEN["jwks"]).get_signing_key_from_jwt(token)
    options = {"require": DEMANDED}
    return jwt.decode(token, key, algorithms=ALGORITHMS, issuer=issuer, audience=audience, options=options)["sub"]


def with_joserfc(token, issuer, audience):
    keys = joserfc.jwk.KeySet.import_key_set(json.loads(JWKS))
    claims = joserfc.jwt.decode(token, keys, algorithms=ALGORITHMS).claims
    demands = {name: {"essential": True} for name in DEMANDED}
    demands["iss"]["value"] = issuer
    demands["aud"]["value"] = audience
    joserfc.jwt.JWTClaimsRegistry(**demands).validate(claims)
    return claims["sub"]


def with_jwcrypto(token, issuer, audience):
    parsed = jwcrypto.jws.JWS()
    parsed.deserialize(token)
    key = jwcrypto.jwk.JWKSet.from_json(JWKS).get_key(parsed.jose_header["kid"])
    demands = {"iss": issuer, "aud": audience, "exp": None, "iat": None, "sub": None}
    verified = jwcrypto.jwt.JWT(jwt=token, key=key, algs=ALGORITHMS, check_claims=demands, expected_type="JWS")
    return json.loads(verified.claims)["sub"]


def why(error):
    """The reason, in one word where it is one of those that a test expects."""
    match error:
        case jwt.InvalidSignatureError() | joserfc.errors.BadSignatureError() | jwcrypto.jws.InvalidJWSSignature():
            return "signature"
        case jwt.ExpiredSignatureError() | joserfc.errors.ExpiredTokenError() | jwcrypto.jwt.JWTExpired():
            return "expired"
        case jwt.InvalidAudienceError():
            return "aud"
        case jwt.InvalidIssuerError():
            return "iss"
        case joserfc.errors.InvalidClaimError():
            return error.claim
        case jwcrypto.jwt.JWTInvalidClaimValue() if "'aud'" in str(error):
            return "aud"
        case jwcrypto.jwt.JWTInvalidClaimValue() if "'iss'" in str(error):
            return "iss"
    return f"{type(error).__name__}: {error}"


outcomes = {}
for library, check in [("PyJWT", pyjwt), ("joserfc", with_joserfc), ("jwcrypto", with_jwcrypto)]:
    for case in GIVEN["cases"]:
        try:
            outcome = "accepted " + check(case["token"], case["issuer"], case["audience"])
        except Exception as error:  # whatever it is, the test compares it
            outcome = why(error)
        outcomes[f"{library} {case['name']}"] = outcome
print(json.dumps(outcomes))
