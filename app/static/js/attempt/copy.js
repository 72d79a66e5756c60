// The name of this copy of the page. A tab keeps its name from page to page; a duplicated tab gets a name of its own.
const NAME = "attempt-copy";
const FORMER_PAGE_GONE_MS = 1_500; // as long as a tab's page before this one may still hold the name

export const newName = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

function remembered() {
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return null;
  }
}

function remember(lease) {
  try {
    sessionStorage.setItem(NAME, lease);
    return lease;
  } catch {
    return null;
  }
}

// Holds a name for as long as this page lives; false if another page has it.
function hold(lease, options) {
  return new Promise((resolve) => {
    const kept = (lock) => {
      resolve(Boolean(lock));
      if (!lock) return undefined;
      return new Promise((release) => addEventListener("pagehide", release, { once: true })); // the next page of this tab wants it at once
    };
    navigator.locks.request(`copy-${lease}`, options, kept).catch(() => resolve(false));
  });
}

// The names that pages of this browser hold now, or null where that cannot be told.
export async function livingCopies() {
  if (!navigator.locks) return null;
  const { held } = await navigator.locks.query();
  return new Set(held.map((lock) => lock.name.replace(/^copy-/, "")));
}

// `ruling` is the name that counts on the server: a tab that was closed or crashed is taken up again under its own name.
// Null where a tab cannot remember its name from page to page; then the revision alone tells whether an answer is up to date.
export async function nameOfThisCopy(ruling, store) {
  const before = remembered();
  let lease = before ?? newName();
  if (navigator.locks) {
    const mine = before && (await hold(before, { signal: AbortSignal.timeout(FORMER_PAGE_GONE_MS) }));
    if (!mine) {
      const orphan = !before && ruling && (await store.knowsCopy(ruling).catch(() => false)) && (await hold(ruling, { ifAvailable: true }));
      lease = orphan ? ruling : newName();
      if (!orphan) await hold(lease, { ifAvailable: true });
    }
    addEventListener("pageshow", (event) => event.persisted && hold(lease, { ifAvailable: true }));
  }
  await store.noteCopy(lease).catch(() => {});
  return remember(lease);
}
