// The unmodified clients of MCP, both generations, against a protected endpoint whose tokens come from our service. Prints one
// line a check. Arguments: the endpoint, our origin, a cookie of somebody who is signed in there.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import * as second from '@modelcontextprotocol/client';

const [resource, own, cookie] = process.argv.slice(2);
const redirectUrl = 'http://127.0.0.1:33418/callback';

/** What a program keeps, and the browser that it opens. */
class Program {
  asked = [];
  registrations = 0;
  get redirectUrl() { return redirectUrl; }
  get clientMetadata() {
    return { client_name: 'A program', redirect_uris: [redirectUrl], grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'], token_endpoint_auth_method: 'none' };
  }
  state() { return 'st-1'; }
  clientInformation() { return this.information; }
  saveClientInformation(information) { this.information = information; this.registrations += 1; }
  tokens() { return this.held; }
  saveTokens(tokens) { this.held = tokens; }
  saveCodeVerifier(verifier) { this.verifier = verifier; }
  codeVerifier() { return this.verifier; }
  saveDiscoveryState(state) { this.discovered = state; }
  discoveryState() { return this.discovered; }
  invalidateCredentials(what) {
    if (what === 'tokens' || what === 'all') this.held = undefined;
    if (what === 'client' || what === 'all') this.information = undefined;
  }
  redirectToAuthorization(url) { this.asked.push(url); }
  /** The person reads the page and agrees; the parameters that come back to the program. */
  async agree() {
    const page = await (await fetch(this.asked.at(-1), { headers: { cookie }, redirect: 'manual' })).text();
    const hidden = (name) => page.match(new RegExp(`name="${name}" value="([^"]*)"`))[1].replaceAll('&amp;', '&');
    const body = new URLSearchParams({ request: hidden('request'), seal: hidden('seal'), decision: 'allow' });
    const answer = await fetch(`${own}/oauth2/consent`, { method: 'POST', headers: { cookie, origin: own }, body, redirect: 'manual' });
    const back = new URL(answer.headers.get('location'));
    if (`${back.origin}${back.pathname}` !== redirectUrl) throw new Error(`sent to ${back}`);
    return back.searchParams;
  }
}

const generations = {
  first: {
    connect: async (program) => {
      const client = new Client({ name: 'program', version: '1' });
      const transport = new StreamableHTTPClientTransport(new URL(resource), { authProvider: program });
      return { client, transport, unauthorized: UnauthorizedError };
    },
    finish: (transport, back) => transport.finishAuth(back.get('code')),
  },
  second: {
    connect: async (program) => {
      const client = new second.Client({ name: 'program', version: '1' });
      const transport = new second.StreamableHTTPClientTransport(new URL(resource), { authProvider: program });
      return { client, transport, unauthorized: second.UnauthorizedError };
    },
    finish: (transport, back) => transport.finishAuth(back),
  },
};

const report = async (name, run) => {
  try {
    await run();
    console.log(JSON.stringify({ name, outcome: 'ok' }));
  } catch (error) {
    console.log(JSON.stringify({ name, outcome: String(error?.stack ?? error) }));
  }
};
const same = (found, expected) => {
  if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(`${JSON.stringify(found)} is not ${JSON.stringify(expected)}`);
};

for (const [name, generation] of Object.entries(generations)) {
  const program = new Program();
  let client;
  await report(`${name}: registers and asks`, async () => {
    const attempt = await generation.connect(program);
    try {
      await attempt.client.connect(attempt.transport);
      throw new Error('it was let in without a token');
    } catch (error) {
      if (!(error instanceof attempt.unauthorized)) throw error;
    }
    const asked = program.asked.at(-1).searchParams;
    same([program.registrations, asked.get('resource'), asked.get('code_challenge_method')], [1, resource, 'S256']);
    await generation.finish(attempt.transport, await program.agree());
  });
  await report(`${name}: is let in`, async () => {
    const attempt = await generation.connect(program);
    client = attempt.client;
    await client.connect(attempt.transport);
    const { content } = await client.callTool({ name: 'whoami', arguments: {} });
    same(content, [{ type: 'text', text: `ada through ${program.information.client_id}` }]);
  });
  await report(`${name}: refreshes by itself`, async () => {
    const before = program.held;
    await fetch(new URL('/later', resource), { method: 'POST' });
    await client.callTool({ name: 'whoami', arguments: {} });
    same([program.held.access_token === before.access_token, program.held.refresh_token === before.refresh_token], [false, false]);
    same([program.asked.length, program.registrations], [1, 1]);
  });
  await report(`${name}: asks again when everything was taken back`, async () => {
    await fetch(new URL('/later', resource), { method: 'POST' });
    const token = program.held.refresh_token;
    program.held = { ...program.held, refresh_token: `${token.slice(0, -1)}${token.endsWith('_') ? '-' : '_'}` };
    let refused;
    await client.callTool({ name: 'whoami', arguments: {} }).catch((error) => { refused = error; });
    same([Boolean(refused), program.asked.length, program.registrations], [true, 2, 1]);
  });
  await client?.close();
}
console.log(JSON.stringify({ name: 'ended', outcome: 'ok' }));
process.exit(0);
