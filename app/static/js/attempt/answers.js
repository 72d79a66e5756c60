// The form of an item: the answer it holds, everything that was typed in it, and an answer in words.

// A number as people type it, or null.
const plainNumber = (text) => {
  const number = text.trim().replace("\u2212", "-").replace(",", ".");
  return /^[-+]?\d{1,6}(\.\d{1,6})?$/.test(number) ? Number(number) : null;
};

export const NOT_WHOLE = {
  needle_placement: "Not whole yet: entry, tilt, inserted length and needle belong together",
  hotspot: "Not whole yet: the point needs both numbers",
  ordering: "Not whole yet: two steps have the same place",
};

const READERS = {
  single_best_answer: (data) => (data.get("choice") ? { choice: data.get("choice") } : {}),
  multiple_response: (data) => (data.getAll("choices").length ? { choices: data.getAll("choices") } : {}),
  numeric: (data) => (data.get("value")?.trim() ? { value: data.get("value").trim() } : {}),
  matching: (data) => {
    const pairs = [...data.entries()].filter(([name, value]) => name.startsWith("pair-") && value);
    return pairs.length ? { pairs: Object.fromEntries(pairs.map(([name, value]) => [name.slice("pair-".length), value])) } : {};
  },
  hotspot: (data) => {
    const chosen = data.get("choice");
    const typed = [data.get("point_x")?.trim(), data.get("point_y")?.trim()];
    if (chosen !== "point" && (chosen || !typed.some(Boolean))) return chosen ? { choice: chosen } : {};
    const point = typed.map((text) => plainNumber(text ?? ""));
    return point.some((value) => value === null) ? null : { point };
  },
  needle_placement: (data) => {
    if (data.get("decline")) return { decline: data.get("decline") };
    const names = ["entry_mm", "tilt_deg", "depth_mm", "needle_mm"];
    if (!names.some((name) => data.get(name)?.trim())) return {};
    const values = Object.fromEntries(names.map((name) => [name, plainNumber(data.get(name) ?? "")]));
    return Object.values(values).some((value) => value === null) ? null : values;
  },
  case: (data) => (data.get("taken")?.trim() ? { actions: data.get("taken").trim().split(" ") } : {}),
  ordering: (data) => {
    const placed = [...data.entries()]
      .filter(([name, place]) => name.startsWith("place-") && place)
      .map(([name, place]) => [Number(place), name.slice("place-".length)])
      .sort((a, b) => a[0] - b[0]);
    if (new Set(placed.map(([place]) => place)).size !== placed.length) return null;
    return placed.length ? { sequence: placed.map(([, key]) => key) } : {};
  },
};

// What the server is told, and what was typed; the payload is null while the answer is not whole.
export function readForm(form) {
  const data = new FormData(form);
  const answer = READERS[form.dataset.type](data);
  return {
    payload: answer && { answer, struck: data.getAll("strike"), flag: data.get("flag") === "1" },
    certainty: data.get("certainty") || null,
    client_at: new Date().toISOString(),
    typed: [...data.entries()].filter(([name]) => !NOT_TYPED.has(name)),
  };
}

// What the page itself fills in; the actions of a case are the server's to tell.
const NOT_TYPED = new Set(["csrf_token", "base_seq", "op_id", "lease", "taken"]);

const firstChosen = (select) => Math.max([...select.options].findIndex((option) => option.defaultSelected), 0);

// Whether somebody was faster than this script: the form no longer is as the server sent it.
export function typedBefore(form) {
  return [...form.elements].some((field) => {
    if (!field.name || NOT_TYPED.has(field.name)) return false;
    if (field.type === "radio" || field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (field.options) return field.selectedIndex !== firstChosen(field);
    return field.defaultValue !== undefined && field.value !== field.defaultValue;
  });
}

// Puts back what was typed, and tells the picture beside the fields.
export function putBack(form, typed) {
  for (const field of form.elements) {
    if (!field.name || NOT_TYPED.has(field.name) || field.type === "submit") continue;
    const values = typed.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
    else field.value = values[0] ?? "";
  }
  form.dispatchEvent(new Event("restored"));
}

function labelOf(form, selector) {
  const label = form.querySelector(selector)?.closest("label");
  const letter = label?.querySelector(".key")?.textContent;
  const words = label?.querySelector("span:not(.key)")?.textContent.replace(/\s+/g, " ").trim();
  return letter ? `${letter}. ${words}` : words;
}

const shortened = (text) => (text?.length > 90 ? `${text.slice(0, 88)}…` : text);

// An answer as the server writes it, in the words of the page.
export function inWords(form, answer) {
  const chosen = (key) => shortened(labelOf(form, `input[value="${key}"]:is([name="choice"], [name="choices"], [name="decline"])`)) ?? key;
  if (answer?.choice) return chosen(answer.choice);
  if (answer?.choices) return answer.choices.map(chosen).join("; ");
  if (answer?.decline) return chosen(answer.decline);
  if (answer?.value !== undefined) return `${answer.value}`;
  if (answer?.point) return `the point ${answer.point[0]} mm across, ${answer.point[1]} mm down`;
  if (answer?.entry_mm !== undefined) return `entry ${answer.entry_mm} mm, tilt ${answer.tilt_deg}°, inserted ${answer.depth_mm} mm, needle ${answer.needle_mm} mm`;
  if (answer?.sequence) return answer.sequence.map((key, n) => `${n + 1}. ${shortened(form.querySelector(`[name="place-${key}"]`)?.closest("li")?.querySelector("span")?.textContent)}`).join(" ");
  if (answer?.pairs) {
    return Object.entries(answer.pairs)
      .map(([prompt, key]) => `${form.querySelector(`label[for="pair-${prompt}"]`)?.textContent.trim()}: ${form.querySelector(`#pair-${prompt} option[value="${key}"]`)?.textContent.trim()}`)
      .join("; ");
  }
  if (answer?.actions) return `${answer.actions.length} action${answer.actions.length === 1 ? "" : "s"}`;
  return "no answer";
}
