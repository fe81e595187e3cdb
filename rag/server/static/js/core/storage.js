// What the browser keeps between visits: theme, language, whether single-key shortcuts are on. Nothing of a patient, no question, no answer.

const PREFIX = "traboule.";

/** Keep a preference; a browser that forbids storage is no error. */
export function keep(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // the preference lasts until the page is closed
  }
}

/** Return a preference, or null. */
export function kept(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}
