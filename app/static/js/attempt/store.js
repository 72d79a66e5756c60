// Answers that the server has not acknowledged yet, kept on this device (IndexedDB); in this page's memory where that is missing or refused.
const DATABASE = "needle-clearance";
const KEY = ["attempt", "position", "op_id"];
const PLACE = ["person", "attempt", "position"];
const OPEN_WITHIN_MS = 3_000;

const keyOf = (entry) => KEY.map((name) => entry[name]);
const inOrder = (entries) => entries.sort((a, b) => a.written - b.written);

const finished = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });

function openDatabase() {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("no answer")), OPEN_WITHIN_MS);
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("unsent", { keyPath: KEY }).createIndex("person", "person");
      request.result.createObjectStore("saved", { keyPath: PLACE });
      request.result.createObjectStore("copies", { keyPath: "lease" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error);
  });
}

function onDevice(first) {
  let database = first;
  // Strict: the write has reached the disk, not only the system's memory. A connection that the browser closed is opened once more.
  async function transact(names, mode, work) {
    for (let again = false; ; again = true) {
      try {
        const transaction = database.transaction(names, mode, { durability: "strict" });
        const done = finished(transaction);
        const request = work((name) => transaction.objectStore(name));
        if (mode === "readwrite") transaction.commit(); // at once, so that it is carried out even if the page goes now
        await done;
        return request?.result;
      } catch (error) {
        if (again || error?.name !== "InvalidStateError") throw error;
        database = await openDatabase();
      }
    }
  }
  return {
    durable: true,
    all: async (person) => inOrder(await transact(["unsent"], "readonly", (store) => store("unsent").index("person").getAll(person))),
    // Some entries go and some are written, together or not at all; with them what the server has acknowledged last.
    change: (gone, kept, saved) =>
      transact(["unsent", "saved"], "readwrite", (store) => {
        if (saved) store("saved").put(saved);
        for (const entry of gone) store("unsent").delete(keyOf(entry));
        for (const entry of kept) store("unsent").put(entry);
      }),
    savedOf: (person, attempt) => transact(["saved"], "readonly", (store) => store("saved").getAll(IDBKeyRange.bound([person, attempt], [person, attempt, []]))),
    noteCopy: (lease) => transact(["copies"], "readwrite", (store) => store("copies").put({ lease })),
    knowsCopy: async (lease) => Boolean(await transact(["copies"], "readonly", (store) => store("copies").get(lease))),
  };
}

function inMemory() {
  const entries = new Map();
  return {
    durable: false,
    all: async (person) => inOrder([...entries.values()].filter((entry) => entry.person === person)),
    change: async (gone, kept) => {
      for (const entry of gone) entries.delete(entry.op_id);
      for (const entry of kept) entries.set(entry.op_id, entry);
    },
    savedOf: async () => [],
    noteCopy: async () => {},
    knowsCopy: async () => false,
  };
}

export async function openStore() {
  try {
    return onDevice(await openDatabase());
  } catch {
    return inMemory();
  }
}
