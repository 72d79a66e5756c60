// Lets a needle or a point be set on the picture, by tapping or by keys. The fields beside it hold the answer; this only fills them.
function svgPoint(svg, event) {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  return [at.x, at.y];
}

const half = (value) => Math.round(value * 2) / 2;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const number = (text) => {
  const plain = (text ?? "").trim().replace("\u2212", "-").replace(",", ".");
  return /^[-+]?\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
};
const path = (a, b) => `M${a[0].toFixed(2)} ${a[1].toFixed(2)}L${b[0].toFixed(2)} ${b[1].toFixed(2)}`;

function make(svg, name, attributes) {
  const element = document.createElementNS(svg.namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

// Undo, start again, and numbers on or off; every field tells the page that it changed.
function desk(scene, fields, redraw) {
  const { form } = fields()[0];
  const past = [];
  let before = snapshot();
  function snapshot() {
    return fields().map((field) => (field.type === "radio" ? field.checked : field.value));
  }
  function restore(values) {
    fields().forEach((field, n) => {
      if (field.type === "radio") field.checked = values[n];
      else field.value = values[n];
    });
    changed(false);
  }
  function changed(keep = true) {
    const now = snapshot();
    if (String(now) === String(before)) return;
    if (keep) past.push(before);
    before = now;
    redraw();
    fields()[0].dispatchEvent(new Event("input", { bubbles: true }));
  }
  const buttons = form.querySelector("[data-scene-buttons]");
  buttons.hidden = false;
  form.querySelector("[data-scene-keys]")?.removeAttribute("hidden");
  buttons.querySelector("[data-undo]").addEventListener("click", () => past.length && restore(past.pop()));
  buttons.querySelector("[data-clear]").addEventListener("click", () => {
    past.push(snapshot());
    restore(fields().map((field) => (field.type === "radio" ? field.name === "decline" && field.value === "" : "")));
  });
  buttons.querySelector("[data-names]")?.addEventListener("click", ({ currentTarget }) => {
    const on = scene.classList.toggle("names-off") === false;
    currentTarget.setAttribute("aria-pressed", String(on));
  });
  form.addEventListener("restored", () => {
    before = snapshot();
    redraw();
  });
  for (const field of fields()) {
    field.addEventListener("input", (event) => {
      if (!event.isTrusted) return;
      past.push(before);
      before = snapshot();
      redraw();
    });
  }
  return changed;
}

function needle(scene, svg) {
  const form = scene.closest("form");
  const skin = scene.dataset.skin.split(" ").map((pair) => pair.split(",").map(Number));
  const from = Number(scene.dataset.from);
  const [entry, tilt, depth] = ["entry_mm", "tilt_deg", "depth_mm"].map((name) => form.elements[name]);
  const lengths = [...form.querySelectorAll('input[name="needle_mm"]')];
  const declines = [...form.querySelectorAll('input[name="decline"]')];
  const ends = [0];
  for (let n = 1; n < skin.length; n += 1) ends.push(ends[n - 1] + Math.hypot(skin[n][0] - skin[n - 1][0], skin[n][1] - skin[n - 1][1]));
  const [least, most] = [Number(scene.dataset.least), Number(scene.dataset.most)];

  const at = (along) => {
    const n = clamp(ends.findIndex((end) => end >= along), 1, skin.length - 1);
    const share = clamp((along - ends[n - 1]) / (ends[n] - ends[n - 1] || 1), 0, 1);
    return [0, 1].map((axis) => skin[n - 1][axis] + (skin[n][axis] - skin[n - 1][axis]) * share);
  };
  const nearest = ([x, y]) => {
    let best = [Infinity, 0];
    for (let n = 1; n < skin.length; n += 1) {
      const [ax, ay] = skin[n - 1];
      const [dx, dy] = [skin[n][0] - ax, skin[n][1] - ay];
      const share = clamp(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1), 0, 1);
      const gap = Math.hypot(x - ax - dx * share, y - ay - dy * share);
      if (gap < best[0]) best = [gap, ends[n - 1] + share * (ends[n] - ends[n - 1])];
    }
    return best;
  };
  const nearerToEntry = ([x, y]) => {
    const start = at(from + number(entry.value));
    const angle = ((number(tilt.value) ?? 0) * Math.PI) / 180;
    const tip = [start[0] + Math.sin(angle) * number(depth.value), start[1] + Math.cos(angle) * number(depth.value)];
    return Math.hypot(x - start[0], y - start[1]) < Math.hypot(x - tip[0], y - tip[1]);
  };
  const length = () => Number(lengths.find((radio) => radio.checked)?.value ?? 0) || null;
  const longest = Math.max(...lengths.map((radio) => Number(radio.value)));

  function redraw() {
    svg.querySelector(".needle")?.remove();
    const [along, lean, inside] = [entry, tilt, depth].map((field) => number(field.value));
    const declined = declines.some((radio) => radio.checked && radio.value);
    say("entry_mm", along, " mm");
    say("tilt_deg", lean, "°");
    say("depth_mm", inside, " mm");
    say("needle_mm", length(), " mm");
    say("outside", length() !== null && inside !== null ? length() - inside : null, " mm");
    if (along === null || declined) return;
    const angle = ((lean ?? 0) * Math.PI) / 180;
    const way = [Math.sin(angle), Math.cos(angle)];
    const start = at(from + along);
    const far = (mm) => [start[0] + way[0] * mm, start[1] + way[1] * mm];
    const deep = Math.min(inside ?? 0, length() ?? longest);
    const outside = (length() ?? longest) - deep;
    const [end, hub, tip] = [far(-outside - 15), far(-outside), far(deep)];
    const group = make(svg, "g", { class: "needle is-placed" });
    for (const [name, a, b] of [["halo", end, tip], ["handle", end, hub], ["winding", end, hub], ["shaft", hub, start], ["track", start, tip]]) {
      group.append(make(svg, "path", { class: name, d: path(a, b) }));
    }
    group.append(make(svg, "circle", { class: "entry", cx: start[0], cy: start[1], r: 1 }), make(svg, "circle", { class: "tip", cx: tip[0], cy: tip[1], r: 0.8 }));
    svg.append(group);
  }
  function say(name, value, unit) {
    const place = form.querySelector(`[data-out="${name}"]`);
    if (place) place.textContent = value === null ? "–" : `${value}${unit}`;
  }
  const changed = desk(scene, () => [entry, tilt, depth, ...lengths, ...declines], redraw);
  const place = () => {
    for (const radio of declines) radio.checked = radio.value === "";
  };

  // The first tap is the entry, the second the tip; after that a tap moves whichever of the two is nearer.
  scene.addEventListener("click", (event) => {
    if (!svg.contains(event.target)) return;
    const point = svgPoint(svg, event);
    const [, along] = nearest(point);
    place();
    if (number(entry.value) === null || (number(depth.value) !== null && nearerToEntry(point))) {
      entry.value = String(clamp(half(along - from), least, most));
    } else {
      const start = at(from + number(entry.value));
      const [dx, dy] = [point[0] - start[0], point[1] - start[1]];
      tilt.value = String(clamp(Math.round((Math.atan2(dx, dy) * 180) / Math.PI), -100, 100));
      depth.value = String(Math.max(0.5, half(Math.min(Math.hypot(dx, dy), length() ?? longest))));
    }
    changed();
  });
  scene.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 0.5 : 1;
    const act = {
      ArrowLeft: () => (entry.value = String(clamp((number(entry.value) ?? 0) - step, least, most))),
      ArrowRight: () => (entry.value = String(clamp((number(entry.value) ?? 0) + step, least, most))),
      ArrowDown: () => (depth.value = String(clamp((number(depth.value) ?? 0) + step, 0.5, length() ?? longest))),
      ArrowUp: () => (depth.value = String(clamp((number(depth.value) ?? 1) - step, 0.5, length() ?? longest))),
      "[": () => (tilt.value = String(clamp((number(tilt.value) ?? 0) - 1, -100, 100))),
      "]": () => (tilt.value = String(clamp((number(tilt.value) ?? 0) + 1, -100, 100))),
      "{": () => (tilt.value = String(clamp((number(tilt.value) ?? 0) - 5, -100, 100))),
      "}": () => (tilt.value = String(clamp((number(tilt.value) ?? 0) + 5, -100, 100))),
    }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    place();
    if (number(entry.value) === null && !event.key.startsWith("Arrow")) entry.value = "0";
    if (number(tilt.value) === null) tilt.value = "0";
    act();
    if (number(entry.value) === null) entry.value = "0";
    changed();
  });
  steppers(form, changed, { entry_mm: [least, most], tilt_deg: [-100, 100], depth_mm: [0.5, longest] });
  redraw();
}

// A button for less and one for more at each field.
function steppers(form, changed, limits) {
  for (const holder of form.querySelectorAll("[data-stepper]")) {
    const field = holder.querySelector("input");
    const label = form.querySelector(`label[for="${field.id}"]`).textContent;
    for (const [sign, word, mark] of [[-1, "less", "−"], [1, "more", "+"]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn";
      button.textContent = mark;
      button.setAttribute("aria-label", `${label}: ${word}`);
      button.addEventListener("click", () => {
        const [low, high] = limits[field.name];
        field.value = String(clamp((number(field.value) ?? 0) + sign * Number(holder.dataset.stepper), low, high));
        changed();
      });
      sign < 0 ? holder.prepend(button) : holder.append(button);
    }
    holder.classList.add("is-live");
  }
}

function hotspot(scene, svg) {
  const form = scene.closest("form");
  const [across, down] = [form.elements.point_x, form.elements.point_y];
  const radios = [...form.querySelectorAll('input[name="choice"]')];
  const own = radios.find((radio) => radio.value === "point");
  const [left, top, right, bottom] = svg.dataset.frame.split(" ").map(Number);
  const within = (value, low, high) => clamp(half(value), Math.ceil(low * 2) / 2, Math.floor(high * 2) / 2);
  const inside = ([x, y]) => [within(x, left, right), within(y, top, bottom)];

  function redraw() {
    svg.querySelector(".point")?.remove();
    const [x, y] = [number(across.value), number(down.value)];
    if (x === null || y === null || !own.checked) return;
    const group = make(svg, "g", { class: "point", transform: `translate(${x} ${y})` });
    group.append(make(svg, "circle", { class: "halo", r: 4.4 }), make(svg, "circle", { r: 4.4 }), make(svg, "path", { d: "M-7 0H-2M2 0H7M0-7V-2M0 2V7" }));
    svg.append(group);
  }
  const changed = desk(scene, () => [across, down, ...radios], redraw);
  function set(point) {
    [across.value, down.value] = inside(point).map(String);
    own.checked = true;
    changed();
  }
  for (const field of [across, down]) {
    field.addEventListener("input", () => {
      own.checked = Boolean(across.value || down.value);
      redraw();
    });
  }
  scene.addEventListener("click", (event) => svg.contains(event.target) && set(svgPoint(svg, event)));
  scene.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 10 : 1;
    const way = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const here = [number(across.value) ?? (left + right) / 2, number(down.value) ?? (top + bottom) / 2];
    set([here[0] + way[0], here[1] + way[1]]);
  });
  redraw();
}

// Makes the picture in `root` answer, if there is one.
export function setUpPicture(root) {
  const picture = root.querySelector("[data-scene]");
  if (picture) (picture.dataset.scene === "needle" ? needle : hotspot)(picture, picture.querySelector("svg"));
}
