// A file of unsent answers, for a supervisor to bring in where the server cannot be reached any more.

// JSON with sorted names and without spaces: the text that the digest covers.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

async function sha256(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const canMakeFile = Boolean(globalThis.crypto?.subtle);

async function fileOf(attempt, person, entries) {
  const last = new Map(); // an answer that waits for the one before it is based on what that one will be
  const ops = entries.map(({ op_id, position, base_seq, payload, certainty, client_at }) => {
    const base = base_seq ?? (last.get(position) ?? 0) + 1;
    last.set(position, base);
    return { op_id, position, base_seq: base, payload, certainty, client_at };
  });
  const content = { format: "needle-clearance/unsent-answers/1", attempt, person, made_at: new Date().toISOString(), ops };
  return { ...content, sha256: await sha256(canonical(content)) };
}

export async function saveFile(attempt, person, entries) {
  const content = await fileOf(attempt, person, entries);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(content, null, 1)], { type: "application/json" }));
  link.download = `unsent-answers-attempt-${attempt}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
