// The unmodified clients of MCP, both generations, with nothing but the address of `/mcp`. Prints one line a check. Arguments: the
// address, the auth service's origin, a cookie of somebody who is signed in there. At the line "later" whoever reads moves the clock.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import * as second from '@modelcontextprotocol/client';

const [resource, own, cookie] = process.argv.slice(2);
const redirectUrl = 'http://127.0.0.1:33418/callback';

/** What a program keeps, and the person before its browser. */
class Program {
  get redirectUrl() { return redirectUrl; }
  get clientMetadata() {
    return { client_name: 'A program', redirect_uris: [redirectUrl], grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'], token_endpoint_auth_method: 'none' };
  }
  state() { return 'st-1'; }
  clientInformation() { return this.information; }
  saveClientInformation(information) { this.information = information; }
  tokens() { return this.held; }
  saveTokens(tokens) { this.held = tokens; }
  saveCodeVerifier(verifier) { this.verifier = verifier; }
  codeVerifier() { return this.verifier; }
  saveDiscoveryState(state) { this.discovered = state; }
  discoveryState() { return this.discovered; }
  redirectToAuthorization(url) { this.asked = url; }
  /** The person reads the page and agrees; the parameters that come back. */
  async agree() {
    const page = await (await fetch(this.asked, { headers: { cookie }, redirect: 'manual' })).text();
    const hidden = (name) => page.match(new RegExp(`name="${name}" value="([^"]*)"`))[1].replaceAll('&amp;', '&');
    const body = new URLSearchParams({ request: hidden('request'), seal: hidden('seal'), decision: 'allow' });
    const answer = await fetch(`${own}/oauth2/consent`, { method: 'POST', headers: { cookie, origin: own }, body, redirect: 'manual' });
    return new URL(answer.headers.get('location')).searchParams;
  }
}

const generations = {
  first: {
    open: (program) => [new Client({ name: 'program', version: '1' }),
      new StreamableHTTPClientTransport(new URL(resource), { authProvider: program })],
    finish: (transport, back) => transport.finishAuth(back.get('code')),
  },
  second: {
    open: (program) => [new second.Client({ name: 'program', version: '1' }, { versionNegotiation: { mode: 'auto' } }),
      new second.StreamableHTTPClientTransport(new URL(resource), { authProvider: program })],
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
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

for (const [name, { open, finish }] of Object.entries(generations)) {
  const program = new Program();
  let client;
  await report(`${name}: is led to a token`, async () => {
    const [first, transport] = open(program);
    const refused = await first.connect(transport).then(() => undefined, (error) => error);
    if (!refused || !program.asked) throw new Error(`it was not asked to sign in: ${refused}`);
    await finish(transport, await program.agree());
    same(program.held.scope.split(' ').includes('mcp:tools'), true);
  });
  await report(`${name}: lists the tools`, async () => {
    const [another, transport] = open(program);
    client = another;
    await client.connect(transport);
    const { tools } = await client.listTools();
    same(tools.map((tool) => tool.name).sort(), ['linear__get_issue', 'linear__list_teams']);
  });
  await report(`${name}: calls one`, async () => {
    const { content, isError } = await client.callTool({ name: 'linear__list_teams', arguments: {} });
    same([isError ?? false, Array.isArray(JSON.parse(content[0].text).teams)], [false, true]);
    const failed = await client.callTool({ name: 'linear__get_issue', arguments: { id: 'nothing' } });
    same(failed.isError, true);
  });
  console.log(JSON.stringify({ name: 'later', outcome: 'ok' }));
  await report(`${name}: refreshes by itself`, async () => {
    const before = program.held.access_token;
    for (let tries = 0; program.held.access_token === before && tries < 100; tries += 1) {
      await client.callTool({ name: 'linear__list_teams', arguments: {} });
      await pause(50);
    }
    same(program.held.access_token === before, false);
  });
  await client?.close();
}
console.log(JSON.stringify({ name: 'ended', outcome: 'ok' }));
process.exit(0);
