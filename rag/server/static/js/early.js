// Before the first paint: the reader's theme and language, so that nothing flashes. No patient data is ever kept in the browser's storage.
(() => {
  const read = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage may be forbidden by the hospital's policy
    }
  };
  const theme = read("traboule.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  const language = read("traboule.language") ?? navigator.language ?? "fr";
  document.documentElement.lang = language.startsWith("fr") ? "fr" : "en";
})();
