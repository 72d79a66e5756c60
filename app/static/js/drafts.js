// Forms of observations that are not signed yet, kept on this device for one person each; in this page's memory where that is missing or refused.
const FORMS_DATABASE = "needle-clearance-forms";
const FORMS_OPEN_WITHIN_MS = 3_000;

function openForms() {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("no answer")), FORMS_OPEN_WITHIN_MS);
    const request = indexedDB.open(FORMS_DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("forms", { keyPath: ["person", "observation"] }).createIndex("person", "person");
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error);
  });
}

function formsOnDevice(first) {
  let database = first;
  // A connection that the browser closed in the background is opened once more.
  async function transact(mode, work) {
    for (let again = false; ; again = true) {
      try {
        const transaction = database.transaction("forms", mode, { durability: "strict" });
        const done = new Promise((resolve, reject) => {
          transaction.oncomplete = () => resolve();
          transaction.onabort = transaction.onerror = () => reject(transaction.error);
        });
        const request = work(transaction.objectStore("forms"));
        if (mode === "readwrite") transaction.commit(); // at once, so that it is carried out even if the page goes now
        await done;
        return request.result;
      } catch (error) {
        if (again || error?.name !== "InvalidStateError") throw error;
        database = await openForms();
      }
    }
  }
  return {
    durable: true,
    find: (person, observation) => transact("readonly", (store) => store.get([person, observation])),
    of: (person) => transact("readonly", (store) => store.index("person").getAll(person)),
    keep: (entry) => transact("readwrite", (store) => store.put(entry)),
    remove: (person, observation) => transact("readwrite", (store) => store.delete([person, observation])),
    removeAll: (person) => transact("readwrite", (store) => store.delete(IDBKeyRange.bound([person], [person, []]))),
  };
}

function formsInMemory() {
  const entries = new Map();
  const every = () => [...entries.values()];
  return {
    durable: false,
    find: async (person, observation) => every().find((e) => e.person === person && e.observation === observation),
    of: async (person) => every().filter((e) => e.person === person),
    keep: async (entry) => void entries.set(`${entry.person}/${entry.observation}`, entry),
    remove: async (person, observation) => void entries.delete(`${person}/${observation}`),
    removeAll: async (person) => every().forEach((e) => e.person === person && entries.delete(`${e.person}/${e.observation}`)),
  };
}

export async function openDrafts() {
  try {
    return formsOnDevice(await openForms());
  } catch {
    return formsInMemory();
  }
}
