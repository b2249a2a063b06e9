/**
 * Every page there is. `path` may have places (`:id`); `title` is its name, in the navigation where `nav` has an icon for it; `needs` says
 * for whom it is: `person`, `stranger`, or nobody in particular; `under` names the page in the navigation that it belongs to. Its module
 * is loaded when it is first opened, and exports `render(element, context)`. The last page is shown where no other one is.
 */
export const pages = [
  { path: "/", title: "Overview", nav: { icon: "home" }, load: () => import("./home.js") },
  { path: "/console/connections", title: "Connections", nav: { icon: "link" }, needs: "person", load: () => import("./connections/list.js") },
  { path: "/console/connections/new", title: "Connect an account", under: "/console/connections", needs: "person", load: () => import("./connections/catalogue.js") },
  { path: "/console/connections/:id", title: "Connection", under: "/console/connections", needs: "person", load: () => import("./connections/detail.js") },
  { path: "/console/signals", title: "Signals", nav: { icon: "signal" }, needs: "person", load: () => import("./signals/list.js") },
  { path: "/console/deliveries", title: "Deliveries", nav: { icon: "inbox" }, needs: "person", load: () => import("./deliveries/list.js") },
  { path: "/console/deliveries/:id", title: "Delivery", under: "/console/deliveries", needs: "person", load: () => import("./deliveries/detail.js") },
  { path: "/console/sync", title: "Sync", nav: { icon: "sync" }, needs: "person", load: () => import("./sync/list.js") },
  { path: "/console/sync/:id", title: "Sync", under: "/console/sync", needs: "person", load: () => import("./sync/detail.js") },
  { path: "/console/agent", title: "Agent", nav: { icon: "spark" }, needs: "person", load: () => import("./agent/chat.js") },
  { path: "/console/agent/tools", title: "What the agent may use", under: "/console/agent", needs: "person", load: () => import("./agent/tools.js") },
  { path: "/console/agent/:id", title: "Agent", under: "/console/agent", needs: "person", load: () => import("./agent/chat.js") },
  { path: "/console/operator", title: "Operator", nav: { icon: "shield" }, load: () => import("./operator/home.js") },
  { path: "/console/operator/doctor", title: "Doctor", under: "/console/operator", load: () => import("./operator/doctor.js") },
  { path: "/console/operator/tenants/:id", title: "Tenant", under: "/console/operator", load: () => import("./operator/tenant.js") },
  { path: "/console/operator/tenants/:id/connections", title: "Connections of a tenant", under: "/console/operator", load: () => import("./operator/connections.js") },
  { path: "/console/operator/tenants/:id/clients", title: "Clients of a tenant", under: "/console/operator", load: () => import("./operator/clients.js") },
  { path: "/console/operator/tenants/:id/subscriptions", title: "Subscriptions of a tenant", under: "/console/operator", load: () => import("./operator/subscriptions.js") },
  { path: "/console/operator/tenants/:id/subscriptions/:subscription", title: "Subscription", under: "/console/operator", load: () => import("./operator/subscription.js") },
  { path: "/console/operator/tenants/:id/audit", title: "Audit log of a tenant", under: "/console/operator", load: () => import("./operator/audit.js") },

  { path: "/console/sign-in", title: "Sign in", needs: "stranger", load: () => import("./account/sign-in.js") },
  { path: "/console/sign-up", title: "Create an account", needs: "stranger", load: () => import("./account/sign-up.js") },
  { path: "/console/forgot-password", title: "Reset your password", load: () => import("./account/forgot-password.js") },
  { path: "/console/reset-password", title: "Choose a new password", load: () => import("./account/reset-password.js") },
  { path: "/console/verify", title: "Your address", load: () => import("./account/verify.js") },

  { path: "/console/none", title: "Not found", load: () => import("./none.js") },
];
