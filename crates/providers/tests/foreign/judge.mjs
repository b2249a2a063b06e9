// Signs and judges webhooks with the vendors' own libraries, and prints one case a line:
// {library, what, headers, body (base64), accepted}. Everything follows from SEED; no clock is read.
import { createHmac } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { sign as signOctokit, verify as verifyOctokit } from "@octokit/webhooks-methods";
import bolt from "@slack/bolt";
import { LinearWebhookClient } from "@linear/sdk/webhooks";
import { Webhook } from "standardwebhooks";
import { SignJWT } from "jose";

const { examples, sources, secret, standardSecret, now, mutations } = JSON.parse(process.env.CASES);
Date.now = () => now * 1000;

// A small generator (mulberry32): the same cases every time, on every machine.
let state = 20260102;
const random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const below = (limit) => Math.floor(random() * limit);
const pick = (list) => list[below(list.length)];

const hex = (key, text) => createHmac("sha256", key).update(text).digest("hex");
const emit = (library, what, headers, body, accepted) =>
  process.stdout.write(`${JSON.stringify({ library, what, headers, body: Buffer.from(body).toString("base64"), accepted })}\n`);
const tried = async (work) => {
  try {
    return (await work()) !== false;
  } catch {
    return false;
  }
};

// How each library signs and judges. `signature` names the header that is tampered with, `time` the one that dates it.
const linear = new LinearWebhookClient(secret);
const standard = new Webhook(standardSecret);
const libraries = {
  octokit: {
    signature: "x-hub-signature-256",
    prefix: "sha256=",
    dated: (body) => body,
    headers: async (body) => ({
      "x-github-event": "push", "x-github-delivery": "d", "content-type": "application/json",
      "x-hub-signature-256": await signOctokit(secret, body),
    }),
    judge: (headers, body) => tried(() => verifyOctokit(secret, body, headers["x-hub-signature-256"])),
  },
  bolt: {
    signature: "x-slack-signature",
    prefix: "v0=",
    dated: (body) => body,
    // Slack's library checks and does not sign: what it signs over is what it accepts below.
    headers: async (body, at = now) => ({
      "content-type": "application/json", "x-slack-request-timestamp": String(at),
      "x-slack-signature": `v0=${hex(secret, `v0:${at}:${body}`)}`,
    }),
    judge: (headers, body) =>
      tried(() => bolt.isValidSlackRequest({
        signingSecret: secret, body, nowMilliseconds: now * 1000,
        headers: { ...headers, "x-slack-request-timestamp": Number(headers["x-slack-request-timestamp"]) },
      })),
  },
  linear: {
    signature: "linear-signature",
    prefix: "",
    dated: (body, at = now) => JSON.stringify({ ...JSON.parse(body), webhookTimestamp: at * 1000 }),
    headers: async (body) => ({
      "linear-event": "Issue", "linear-delivery": "d", "content-type": "application/json",
      "linear-signature": hex(secret, body),
    }),
    judge: (headers, body) => tried(() => linear.verify(Buffer.from(body), headers["linear-signature"])),
  },
  standard: {
    signature: "webhook-signature",
    prefix: "v1,",
    dated: (body) => body,
    headers: async (body, at = now) => ({
      "webhook-id": "msg_1", "webhook-timestamp": String(at), "content-type": "application/json",
      "webhook-signature": standard.sign("msg_1", new Date(at * 1000), body),
    }),
    judge: (headers, body) => tried(() => (standard.verify(body, headers, { jsonParse: false }), true)),
  },
};

// The payloads: all that GitHub's authors publish, and the fixtures of each vendor.
const folder = (path) =>
  readdirSync(path).filter((name) => name.endsWith(".json")).sort()
    .map((name) => JSON.parse(readFileSync(join(path, name), "utf8")));
const bodies = {
  octokit: JSON.parse(readFileSync(examples, "utf8")).flatMap((event) => event.examples).map((one) => JSON.stringify(one)),
  bolt: folder(sources.slack).map((one) => (typeof one.$body === "string" ? one.$body : JSON.stringify(one.$body ?? one))),
  linear: folder(sources.linear).map((one) => JSON.stringify(one)),
};
bodies.standard = bodies.linear;

for (const [name, library] of Object.entries(libraries)) {
  for (const source of bodies[name]) {
    const body = library.dated(source);
    const headers = await library.headers(body);
    if (body.startsWith("{") === false) headers["content-type"] = "application/x-www-form-urlencoded";
    emit(name, "as it is signed", headers, body, await library.judge(headers, body));
  }
}

// Jira's administrators' webhooks have the form that GitHub's library signs; its apps' bring a JWT, signed by another library.
const key = new TextEncoder().encode(secret);
for (const source of folder(sources.jira).filter((one) => one.webhookEvent)) {
  const body = JSON.stringify({ ...source, timestamp: now * 1000 });
  const common = { "content-type": "application/json", "x-atlassian-webhook-identifier": "d" };
  emit("jira", "as it is signed", { ...common, "x-hub-signature": await signOctokit(secret, body) }, body, true);
  const jwt = await new SignJWT({}).setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuedAt(now).setExpirationTime(now + 180).sign(key);
  emit("jira", "with a token", { ...common, authorization: `Bearer ${jwt}` }, body, true);
}

const letters = "abcdefghijklmnopqrstuvwxyz0123456789 {}[]\",:";
const edits = [
  ["another character in the body", (body) => { const at = below(body.length); return body.slice(0, at) + pick(letters) + body.slice(at + 1); }],
  ["a character less in the body", (body) => { const at = below(body.length); return body.slice(0, at) + body.slice(at + 1); }],
  ["a character more in the body", (body) => { const at = below(body.length + 1); return body.slice(0, at) + pick(letters) + body.slice(at); }],
  ["a cut body", (body) => body.slice(0, 1 + below(body.length))],
  ["a line end behind the body", (body) => `${body}\n`],
];
const signatures = [
  ["another digit", (text) => { const at = below(text.length); return text.slice(0, at) + pick("0123456789abcdef") + text.slice(at + 1); }],
  ["a digit less", (text) => text.slice(0, -1)],
  ["a digit more", (text) => `${text}0`],
  ["cut in half", (text) => text.slice(0, text.length / 2)],
  ["nothing", () => ""],
  ["without what stands before it", (text, library) => text.slice(library.prefix.length) || "x"],
  ["another algorithm", (text, library) => `sha1=${text.slice(library.prefix.length)}`],
  ["of another secret", (text, library) => `${library.prefix}${hex("another secret", text)}`],
];

for (const [name, library] of Object.entries(libraries)) {
  // Short ones: what is tried is the check, and most of a long body looks alike.
  const short = bodies[name].filter((body) => body.length < 4000 && body.startsWith("{"));
  for (let number = 0; number < mutations; number += 1) {
    const signed = library.dated(pick(short));
    const headers = await library.headers(signed);
    let body = signed;
    let what;
    const turn = number % 10;
    if (turn < 5) {
      const [label, edit] = pick(edits);
      what = label;
      body = edit(signed);
    } else if (turn < 8) {
      const [label, change] = pick(signatures);
      what = `a signature: ${label}`;
      headers[library.signature] = change(headers[library.signature], library);
    } else if (turn === 8 && name !== "octokit") {
      // Back in time on both sides of the edge; the other direction is asked below.
      const edge = name === "linear" ? 60 : 300;
      const at = now - (edge - 20 + below(40));
      body = library.dated(signed, at);
      Object.assign(headers, await library.headers(body, at));
      what = "an older time, signed";
    } else {
      what = "signed anew";
      body = library.dated(JSON.stringify({ ...JSON.parse(signed), more: below(1e9) }));
      Object.assign(headers, await library.headers(body));
    }
    emit(name, what, headers, body, await library.judge(headers, body));
  }
}

// Where we differ on purpose.
for (const name of ["octokit", "bolt", "linear"]) {
  const library = libraries[name];
  const body = library.dated(bodies[name].find((one) => one.startsWith("{")));
  const headers = await library.headers(body);
  const digits = headers[library.signature].slice(library.prefix.length).toUpperCase();
  headers[library.signature] = library.prefix + digits;
  emit(name, "differs: upper-case digits", headers, body, await library.judge(headers, body));
}
{
  const body = bodies.bolt.find((one) => one.startsWith("{"));
  const ahead = await libraries.bolt.headers(body, now + 301);
  emit("bolt", "differs: a time that has not come", ahead, body, await libraries.bolt.judge(ahead, body));
  const behind = await libraries.bolt.headers(body);
  behind["x-slack-signature"] += "=more";
  emit("bolt", "differs: something behind the digits", behind, body, await libraries.bolt.judge(behind, body));
}
