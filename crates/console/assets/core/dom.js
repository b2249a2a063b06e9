/**
 * The only way to an element. Children are nodes or text, and text stays text: there is no markup to escape, because none is read.
 */

const SVG = "http://www.w3.org/2000/svg";
/** What is a property rather than an attribute: an attribute would only be the first value. */
const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "open", "indeterminate"]);
/** Where a link may lead. Anything else, such as `javascript:`, leads nowhere. */
const SAFE_LINK = /^(https?:|mailto:|\/(?!\/)|#|\?)/i;

/**
 * An element: `h("a", { href: "/", class: "link", onclick: go }, "Home")`. A property that is null, undefined or false is left
 * out; a function under `on…` listens; `dataset` is an object. Children may be arrays, and nothing (null, false) is no child.
 */
export function h(tag, props, ...children) {
  return build(document.createElement(tag), props, children);
}

/** The same for SVG. */
export function svg(tag, props, ...children) {
  return build(document.createElementNS(SVG, tag), props, children);
}

function build(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) set(element, name, value);
  element.append(...nodes(children));
  return element;
}

/** Sets one property, as `h` does. */
export function set(element, name, value) {
  if (name.startsWith("on")) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
  } else if (name === "dataset") {
    Object.assign(element.dataset, value);
  } else if (PROPERTIES.has(name) && name in element) {
    if (value !== undefined) element[name] = value;
  } else if (value === null || value === undefined || value === false) {
    element.removeAttribute(name);
  } else if (name === "style" || name === "srcdoc") {
    throw new TypeError(`${name} is not set here: use a class, or element.style.setProperty`);
  } else if (name === "href" && !SAFE_LINK.test(value)) {
    element.removeAttribute(name);
  } else {
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

function nodes(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== true);
}

/** Adds these at the end, as `h` takes children: nothing (null, false) is no child. */
export function add(element, ...children) {
  element.append(...nodes(children));
  return element;
}

/** Puts these in the place of all that an element has. */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

/**
 * Makes a list's children those of `items`, in order, and keeps the elements whose key is still there: focus, selection and what is
 * unfolded stay. `make(item)` gives an element; `update(element, item)`, if given, brings a kept one up to date, otherwise it is made
 * anew where the item is another object.
 */
export function keyed(list, items, key, make, update) {
  const known = new Map([...list.children].filter((child) => child.listKey !== undefined).map((child) => [child.listKey, child]));
  let next = list.firstElementChild;
  for (const item of items) {
    const id = key(item);
    let element = known.get(id);
    known.delete(id);
    if (element && update) {
      update(element, item);
    } else if (!element || element.listItem !== item) {
      const made = make(item);
      if (element === next) next = element?.nextElementSibling ?? next;
      element?.remove();
      element = made;
    }
    element.listKey = id;
    element.listItem = item;
    if (element === next) next = next.nextElementSibling;
    else list.insertBefore(element, next);
  }
  for (const gone of known.values()) gone.remove();
}

/** Unique in this page, for `id`, `for` and `aria-describedby`. */
export function uid(prefix = "id") {
  uid.count = (uid.count ?? 0) + 1;
  return `${prefix}-${uid.count}`;
}
