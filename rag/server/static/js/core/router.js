// Addresses after the `#`, which never reach the server's log: `#/`, `#/c/ID`, `#/documents`, `#/documents/ID`, `#/patients/ID[/TAB]`, `#/reports/ID`.

const routes = [];
let leave = () => {};

/** Show a view at an address; `:name` takes one part. The view gets the parts and may return what to do on leaving. */
export function route(pattern, show) {
  routes.push({ parts: pattern.split("/"), show });
}

/** Write an address; parts are encoded. */
export function address(...parts) {
  return `#/${parts.map((part) => encodeURIComponent(part)).join("/")}`;
}

/** Go to an address. */
export function go(...parts) {
  const target = address(...parts);
  if (window.location.hash === target) visit();
  else window.location.hash = target;
}

/** Change the address without showing anything anew. */
export function note(...parts) {
  window.history.replaceState(null, "", address(...parts));
}

/** Show what the address says. */
export function visit() {
  const here = (window.location.hash.replace(/^#\/?/, "") || "").split("/");
  for (const { parts, show } of routes) {
    const found = match(parts, here);
    if (!found) continue;
    leave();
    leave = show(found) ?? (() => {});
    return;
  }
  window.location.replace("#/");
}

/** Follow the address from now on. */
export function start() {
  window.addEventListener("hashchange", visit);
  visit();
}

function match(pattern, here) {
  if (pattern.length !== here.length) return null;
  const found = {};
  for (const [index, part] of pattern.entries()) {
    if (part.startsWith(":")) found[part.slice(1)] = decode(here[index]);
    else if (part !== here[index]) return null;
  }
  return found;
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
