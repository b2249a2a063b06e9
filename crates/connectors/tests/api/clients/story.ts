// A backend and a page, written against nothing but the document. What does not fit the document does not compile.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

declare const process: { argv: string[] };
const [, , baseUrl = "", token = "", tenant = ""] = process.argv;
const api = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${token}`, "x-tenant-id": tenant } });

const started = await api.POST("/connect/{provider}", {
  params: { path: { provider: "linear" } },
  body: { label: "work" },
});
const begun: components["schemas"]["ConnectAnswer"] | undefined = started.data;
const listed = await api.GET("/connections", { params: { query: { limit: 10, status: "active" } } });
const next: string | null | undefined = listed.data?.next_cursor;
const none = await api.GET("/connections/{id}", {
  params: { path: { id: "0190b6f0-6b4e-7c52-9d3e-5f2c1d7a8b01" } },
});
const problem: components["schemas"]["Problem"] | undefined = none.error;

console.log(
  JSON.stringify({
    started: begun !== undefined && "authorize_url" in begun,
    connections: listed.data?.connections.map((one) => one.provider),
    next,
    code: problem?.code,
  }),
);
