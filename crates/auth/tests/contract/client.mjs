// The unmodified `better-auth` client and `jose`, used the way a frontend uses them. Prints one line a check.
// Arguments: the service's URL, an origin it trusts.
import { createAuthClient } from 'better-auth/client';
import { jwtClient } from 'better-auth/client/plugins';
import * as jose from 'jose';

const [base, frontend] = process.argv.slice(2);

/** What the service sees of a browser: a cookie jar and an Origin. */
class Browser {
  cookies = new Map();
  attributes = new Map();
  headers = new Headers();
  constructor(origin = frontend) { this.origin = origin; }
  client(options = {}) {
    const fetchOptions = { customFetchImpl: (input, init) => this.fetch(input, init), ...options };
    return createAuthClient({ baseURL: base, plugins: [jwtClient()], fetchOptions });
  }
  cookie(suffix) { return [...this.cookies.keys()].find((name) => name.endsWith(suffix)); }
  async fetch(input, init = {}) {
    const request = new Request(input, init);
    const headers = new Headers(request.headers);
    if (this.cookies.size > 0) headers.set('cookie', [...this.cookies].map((pair) => pair.join('=')).join('; '));
    if (this.origin && request.method !== 'GET') headers.set('origin', this.origin);
    const body = request.method === 'GET' ? undefined : await request.text();
    const answer = await fetch(request.url, { method: request.method, headers, body: body || undefined, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split('; ');
      const at = pair.indexOf('=');
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      this.attributes.set(name, attributes.map((attribute) => attribute.toLowerCase()));
      if (value === '') this.cookies.delete(name); else this.cookies.set(name, value);
    }
    this.headers = answer.headers;
    return answer;
  }
}

const checks = [];
const check = (name, run) => checks.push([name, run]);
const equal = (found, expected, what = 'value') => {
  const [a, b] = [found, expected].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`${what} is ${a}, expected ${b}`);
};
const holds = (condition, what) => { if (!condition) throw new Error(what); };
const refused = (answer, status, code) => equal([answer.error?.status, answer.error?.code], [status, code], 'error');
const data = (answer) => { if (answer.error) throw new Error(JSON.stringify(answer.error)); return answer.data; };

const email = 'Grace.Hopper@Example.com';
const [first, second] = ['correct horse battery staple', 'another long password'];
const person = { name: 'Grace', email, password: first };
const credentials = { email, password: first };
const laptop = new Browser(), phone = new Browser();
const [onLaptop, onPhone] = [laptop.client(), phone.client()];
let user, token, jwt, signed;

check('the server is there', async () => equal(await (await fetch(`${base}/api/auth/ok`)).json(), { ok: true }));
check('nobody is signed in at first', async () => equal(data(await onLaptop.getSession()), null));
check('a stranger gets no token', async () => refused(await onLaptop.token(), 401, 'UNAUTHORIZED'));
check('signing up gives a token and seven fields', async () => {
  ({ user, token } = data(await onLaptop.signUp.email(person)));
  equal(Object.keys(user).sort(), ['createdAt', 'email', 'emailVerified', 'id', 'image', 'name', 'updatedAt']);
  equal([user.email, user.name, user.emailVerified, user.image], [email.toLowerCase(), 'Grace', false, null]);
  holds(user.createdAt instanceof Date && user.updatedAt instanceof Date, 'dates are not dates');
});
check('the session cookie is signed and kept from scripts', async () => {
  const name = laptop.cookie('better-auth.session_token');
  const wanted = ['httponly', 'samesite=lax', 'path=/', 'max-age=604800'];
  equal(wanted.filter((attribute) => !laptop.attributes.get(name).includes(attribute)), [], 'missing attributes');
  const value = decodeURIComponent(laptop.cookies.get(name));
  equal(value.slice(0, value.lastIndexOf('.')), token, 'token in the cookie');
  holds(/\.[A-Za-z0-9+/]{43}=$/.test(value), 'the signature is not 44 characters of base64');
});
check('an address is taken once', async () => refused(await new Browser().client().signUp.email({ ...person, email: email.toLowerCase() }), 422, 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL'));
check('seven characters are too few', async () => refused(await new Browser().client().signUp.email({ ...person, email: 'a@example.com', password: 'seven77' }), 400, 'PASSWORD_TOO_SHORT'));
check('129 characters are too many', async () => refused(await new Browser().client().signUp.email({ ...person, email: 'a@example.com', password: 'p'.repeat(129) }), 400, 'PASSWORD_TOO_LONG'));
check('no address is no address', async () => refused(await new Browser().client().signUp.email({ ...person, email: 'nobody' }), 400, 'VALIDATION_ERROR'));
check('the session is shown', async () => {
  const { session, user: shown } = data(await onLaptop.getSession());
  equal([session.token, session.userId, shown.id], [token, user.id, user.id]);
  equal(Object.keys(session).sort(), ['createdAt', 'expiresAt', 'id', 'ipAddress', 'token', 'updatedAt', 'userAgent', 'userId']);
  const days = (session.expiresAt - Date.now()) / 86_400_000;
  holds(days > 6.9 && days <= 7, `it lives for ${days} days`);
});
check('the session brings a JWT and is not cached', async () => {
  await onLaptop.getSession();
  equal(laptop.headers.get('set-auth-jwt')?.split('.').length, 3, 'parts of the JWT');
  holds(/set-auth-jwt/.test(laptop.headers.get('access-control-expose-headers')), 'it is not exposed');
  holds(/no-store/.test(laptop.headers.get('cache-control')), 'it may be cached');
});
check('another device signs in, in other case', async () => {
  const answer = data(await onPhone.signIn.email({ ...credentials, email: email.toUpperCase() }));
  equal([answer.redirect, answer.user.id], [false, user.id]);
  holds(answer.token !== token, 'the sessions share a token');
});
const wrong = { message: 'Invalid email or password', code: 'INVALID_EMAIL_OR_PASSWORD' };
for (const [who, address] of [['a wrong password', email], ['an unknown address', 'nobody@example.com']]) {
  check(`${who} is refused alike`, async () => {
    const { error } = await new Browser().client().signIn.email({ email: address, password: 'wrong-password' });
    equal([error.status, error.message, error.code], [401, wrong.message, wrong.code]);
  });
}
check('who is not remembered is forgotten with the browser', async () => {
  const guest = new Browser();
  data(await guest.client().signIn.email({ ...credentials, rememberMe: false }));
  holds(!guest.attributes.get(guest.cookie('session_token')).some((attribute) => attribute.startsWith('max-age')), 'it has a max-age');
  holds(guest.cookie('dont_remember'), 'there is no dont_remember');
  const hours = (data(await guest.client().getSession()).session.expiresAt - Date.now()) / 3_600_000;
  holds(hours > 23 && hours <= 24, `it lives for ${hours} hours`);
});
const stolen = (origin) => { const page = new Browser(origin); page.cookies = new Map(laptop.cookies); return page.client(); };
check('a foreign page with the cookie is refused', async () => refused(await stolen('https://evil.example').updateUser({ name: 'x' }), 403, 'INVALID_ORIGIN'));
check('a cookie without an origin is refused', async () => refused(await stolen(null).updateUser({ name: 'x' }), 403, 'MISSING_OR_NULL_ORIGIN'));
check('a foreign page signs nobody in', async () => refused(await new Browser('https://evil.example').client().signIn.email(credentials), 403, 'INVALID_ORIGIN'));
check('nobody is sent to a foreign page', async () => refused(await new Browser().client().signIn.email({ ...credentials, callbackURL: 'https://evil.example/' }), 403, 'INVALID_CALLBACK_URL'));
check('a forged cookie is no session', async () => {
  const forger = new Browser();
  forger.cookies.set(laptop.cookie('session_token'), `${token}.${encodeURIComponent('A'.repeat(43) + '=')}`);
  equal(data(await forger.client().getSession()), null);
});
check('a member gets a JWT', async () => { jwt = data(await onLaptop.token()).token; equal(jwt.split('.').length, 3); });
check('its key is published, and only the public half', async () => {
  const header = jose.decodeProtectedHeader(jwt);
  equal(Object.keys(header).sort(), ['alg', 'kid']);
  const keys = data(await onLaptop.jwks()).keys;
  const key = keys.find(({ kid }) => kid === header.kid);
  equal([header.alg, key.alg, key.kty, key.crv], ['EdDSA', 'EdDSA', 'OKP', 'Ed25519']);
  holds(keys.every((published) => !('d' in published)), 'a private key is published');
});
const published = () => jose.createRemoteJWKSet(new URL(`${base}/api/auth/jwks`));
check('jose accepts it', async () => {
  const { payload } = await jose.jwtVerify(jwt, published(), { issuer: base, audience: base });
  equal([payload.sub, payload.id, payload.email, payload.name], [user.id, user.id, email.toLowerCase(), 'Grace']);
  equal([payload.emailVerified, payload.image, payload.exp - payload.iat], [false, null, 900]);
  holds(/Z$/.test(payload.createdAt), `createdAt is ${payload.createdAt}`);
});
const fails = async (code, run) => { try { await run(); } catch (error) { return equal(error.code, code, 'refusal'); } throw new Error('it was accepted'); };
check('jose refuses it for another audience', () => fails('ERR_JWT_CLAIM_VALIDATION_FAILED', () => jose.jwtVerify(jwt, published(), { issuer: base, audience: 'https://other.example' })));
check('jose refuses it with another payload', () => fails('ERR_JWS_SIGNATURE_VERIFICATION_FAILED', () => {
  const [head, body, signature] = jwt.split('.');
  const changed = { ...JSON.parse(Buffer.from(body, 'base64url')), sub: 'somebody-else' };
  return jose.jwtVerify([head, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.'), published());
}));
check('signing in gives a bearer token', async () => {
  const program = new Browser();
  data(await program.client().signIn.email(credentials));
  signed = program.headers.get('set-auth-token');
  holds(signed?.includes('.'), 'there is none');
  holds(/set-auth-token/.test(program.headers.get('access-control-expose-headers')), 'it is not exposed');
});
const bearer = (given) => new Browser(null).client({ auth: { type: 'Bearer', token: () => given } });
check('the signed bearer token serves', async () => equal(data(await bearer(signed).getSession())?.user.id, user.id));
check('the bare bearer token serves', async () => equal(data(await bearer(token).getSession())?.user.id, user.id));
check('garbage is no bearer token', async () => equal(data(await bearer('garbage').getSession()), null));
check('a person renames themself', async () => {
  equal(data(await onLaptop.updateUser({ name: 'Amazing Grace', image: 'https://cdn.example/g.png' })), { status: true });
  const shown = data(await onLaptop.getSession()).user;
  equal([shown.name, shown.image], ['Amazing Grace', 'https://cdn.example/g.png']);
});
check('an address is not changed that way', async () => refused(await onLaptop.updateUser({ email: 'z@example.com' }), 400, 'EMAIL_CAN_NOT_BE_UPDATED'));
check('a stranger changes nothing', async () => refused(await new Browser().client().updateUser({ name: 'x' }), 401, 'UNAUTHORIZED'));
check('sessions are listed', async () => {
  const sessions = data(await onLaptop.listSessions());
  holds(sessions.length >= 2 && sessions.some((session) => session.token === token), JSON.stringify(sessions));
  holds(sessions.every((session) => session.expiresAt instanceof Date), 'dates are not dates');
});
check('accounts are listed without their secrets', async () => {
  const [account, ...others] = data(await onLaptop.listAccounts());
  equal([others.length, account.providerId, account.accountId, account.scopes], [0, 'credential', user.id, []]);
  equal(['password', 'accessToken', 'refreshToken'].filter((name) => name in account), []);
});
check('a listed device is signed out by its name in the list', async () => {
  const tablet = new Browser();
  const { token: hidden } = data(await tablet.client().signIn.email(credentials));
  const newest = data(await onLaptop.listSessions())[0];
  holds(newest.token !== hidden, 'the list shows the token of another session');
  equal(data(await onLaptop.revokeSession({ token: newest.token })), { status: true });
  equal(data(await tablet.client().getSession()), null);
});
check('a device is signed out by its token', async () => {
  const { session } = data(await onPhone.getSession());
  equal(data(await onLaptop.revokeSession({ token: session.token })), { status: true });
  equal(data(await onPhone.getSession()), null);
});
check('an unknown session is signed out too', async () => equal(data(await onLaptop.revokeSession({ token: 'unknown' })), { status: true }));
check('the wrong password changes nothing', async () => refused(await onLaptop.changePassword({ currentPassword: 'wrong', newPassword: second }), 400, 'INVALID_PASSWORD'));
check('a password is changed', async () => {
  const changed = data(await onLaptop.changePassword({ currentPassword: first, newPassword: second }));
  equal([changed.token, changed.user.id], [null, user.id]);
});
check('the old password is dead and the new one lives', async () => {
  refused(await new Browser().client().signIn.email(credentials), 401, wrong.code);
  data(await onPhone.signIn.email({ email, password: second }));
});
check('a changed password signs the others out', async () => {
  const changed = data(await onLaptop.changePassword({ currentPassword: second, newPassword: first, revokeOtherSessions: true }));
  holds(changed.token && changed.token !== token, 'the session is the old one');
  equal(data(await onPhone.getSession()), null);
  equal(data(await onLaptop.getSession()).session.token, changed.token);
});
check('all others are signed out', async () => {
  data(await onPhone.signIn.email(credentials));
  equal(data(await onLaptop.revokeOtherSessions()), { status: true });
  equal([data(await onPhone.getSession()), data(await onLaptop.listSessions()).length], [null, 1]);
});
check('signing out ends the session', async () => {
  const old = new Map(laptop.cookies);
  equal(data(await onLaptop.signOut()), { success: true });
  equal([laptop.cookie('session_token'), data(await onLaptop.getSession())], [undefined, null]);
  const thief = new Browser();
  thief.cookies = old;
  equal(data(await thief.client().getSession()), null);
});
check('signing out twice is no error', async () => equal(data(await onLaptop.signOut()), { success: true }));
check('every session ends at once', async () => {
  data(await onLaptop.signIn.email(credentials));
  equal(data(await onLaptop.revokeSessions()), { status: true });
  equal(data(await onLaptop.getSession()), null);
});
check('social sign-in leads to the provider', async () => {
  const { url, redirect } = data(await onLaptop.signIn.social({ provider: 'github', callbackURL: '/', disableRedirect: true }));
  equal([redirect, new URL(url).searchParams.get('code_challenge_method')], [false, 'S256']);
});
check('an account is deleted with everything in it', async () => {
  data(await onLaptop.signIn.email(credentials));
  equal(data(await onLaptop.deleteUser({ password: first })), { success: true, message: 'User deleted' });
  refused(await new Browser().client().signIn.email(credentials), 401, wrong.code);
});

for (const [name, run] of checks) {
  const outcome = await Promise.resolve().then(run).then(() => 'ok', (error) => `${error.message}`);
  console.log(JSON.stringify({ name, outcome }));
}
