// Who a patient is, as the documents' headers say: how it is written, and how it is found when typed with small errors.

import { date } from "../core/format.js";
import { t } from "../core/i18n.js";

/** Write the name as French identity rules want it: family name in capitals, the name at birth, first names. */
export function nameOf({ family_name: family, birth_name: birth, given_name: given, sex }) {
  const written = [family?.toLocaleUpperCase(), birth ? t(`traits.birth_name_${sex || "u"}`, { name: birth.toLocaleUpperCase() }) : "", given];
  return written.filter(Boolean).join(" ");
}

/** Write what else tells the patient apart: sex and day of birth; empty where nothing is known. */
export function bornOf({ birth_date: born, sex }) {
  return [born ? t(`traits.born_${sex || "u"}`, { date: date(born) }) : "", sex ? t(`traits.sex_${sex}`) : ""].filter(Boolean).join(" · ");
}

/** Write every trait on one line, the identifier last. */
export function traitsLine(patient) {
  return [nameOf(patient), bornOf(patient), patient.patient_id].filter(Boolean).join(" · ");
}

/** Tell whether every word typed is found: in names and identifier by their beginning, one wrong letter allowed in longer words; in the day of birth by any way of writing it. */
export function matches(patient, typed) {
  const words = plain(typed).split(/[\s,;]+/).filter(Boolean);
  const named = [patient.patient_id, patient.family_name, patient.birth_name, patient.given_name].flatMap((text) => plain(text ?? "").split(/[\s'-]+/)).filter(Boolean);
  const whole = plain(patient.patient_id);
  return words.every((word) => whole.includes(word) || isBirth(patient.birth_date ?? "", word) || named.some((name) => begins(name, word)));
}

/** A text in small letters without accents. */
export function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
}

const TOLERANT_FROM = 4;

function begins(name, word) {
  if (name.startsWith(word)) return true;
  return word.length >= TOLERANT_FROM && !/\d/.test(word) && [-1, 0, 1].some((more) => isNear(name.slice(0, word.length + more), word));
}

/** One letter replaced, left out, added, or two neighbours exchanged. */
function isNear(a, b) {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  return (left.length <= 1 && right.length <= 1) || (left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0]);
}

function isBirth(born, word) {
  if (!/^\d[\d/.-]*$/.test(word) || !born) return false;
  const [year, month = "", day = ""] = born.split("-");
  const parts = word.split(/[/.-]/).filter(Boolean).map((part) => part.padStart(2, "0"));
  const digits = parts.join("");
  const written = [`${day}${month}${year}`, `${year}${month}${day}`, `${day}${month}${year.slice(2)}`, year, `${month}${year}`];
  return digits.length >= 4 && written.some((one) => one.startsWith(digits));
}
