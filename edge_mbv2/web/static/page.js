// Shows one camera, or several side by side: live pictures, what is in view, and how the analysis keeps up.
// A hidden page asks for nothing, so that the board draws and encodes for people only.

const STATE_EVERY_MS = 2000;
const RENDER_EVERY_MS = 200;
const RETRY_MS = 2000;
const REMEMBER_MS = 60 * 60 * 1000;
const STALE_S = 5;
const SILENT_MS = 6000;
const TILE_EVERY_MS = 80;
const MOST_HAPPENED = 100;
const HAPPENED_SHOWN = 8;
const STATES = {
  opening: "Opening the camera",
  stalled: "No picture comes",
  waiting: "Waiting for the camera",
  closed: "The camera is closed",
};

const $ = (id) => document.getElementById(id);
const records = new Map(); // camera -> newest record
const seen = new Map(); // camera -> Map(label -> {class_id, at})
const happened = []; // what objects did, newest first: {name, label, track, words, at}
let state = null;
let camera = null; // the one that is shown; null while all of several are
let chosen = false;
let known = []; // the cameras' names
let palette = ["currentcolor"];
let events = null;
let heardAt = 0; // when the newest event came
let lost = false;
let timers = [];
let rendering = false;

// --- the picture -----------------------------------------------------------------------------

function url(file, name = camera) {
  return `api/v1/cameras/${encodeURIComponent(name)}/${file}?overlay=${$("overlay").checked ? 1 : 0}`;
}

function shown() {
  return camera === null ? Object.keys(state?.cameras ?? {}) : [camera];
}

function showPicture() {
  if (document.hidden) return;
  tiles.forEach((tile) => tile.ask());
  if (camera === null) return;
  $("picture").src = `${url("stream.mjpg")}&at=${Date.now()}`; // a new address, or nothing is fetched again
  $("snapshot").href = url("snapshot.jpg");
  $("snapshot").download = `${camera}.jpg`;
}

function hidePicture() {
  $("picture").removeAttribute("src");
}

// --- several pictures ------------------------------------------------------------------------
// Browsers open six connections to a server, too few for a stream a tile. So each tile fetches its
// camera's newest picture once an event tells of one, and the next when that has come.

class Tile {
  constructor(name) {
    this.name = name;
    this.element = $("tile").content.cloneNode(true).querySelector(".tile");
    this.element.href = `#${encodeURIComponent(name)}`;
    this.element.querySelector(".name").textContent = name;
    this.image = this.element.querySelector("img");
    this.image.alt = `Live picture of camera ${name}`;
    this.image.onload = () => this.end(TILE_EVERY_MS);
    this.image.onerror = () => this.end(RETRY_MS);
    this.busy = this.asked = false;
  }

  ask() {
    if (!records.has(this.name)) return; // there is no picture yet
    this.asked = true;
    if (this.busy || document.hidden || camera !== null) return;
    this.busy = true;
    this.asked = false;
    this.image.src = `${url("snapshot.jpg", this.name)}&at=${Date.now()}`;
  }

  end(pause) {
    setTimeout(() => {
      this.busy = false;
      if (this.asked) this.ask();
    }, pause);
  }

  tell(now) {
    const { kind, words, notice, reason } = condition(now);
    this.element.dataset.kind = kind;
    this.element.title = notice;
    this.element.querySelector(".told").textContent =
      kind === "live" ? `${number(now.rate_hz, 1)} fps` : words;
    this.element.querySelector(".notice").hidden = reason === "";
    this.element.querySelector(".notice").textContent = reason;
  }
}

const tiles = new Map(); // camera -> Tile

function buildWall() {
  tiles.clear();
  if (known.length > 1) known.forEach((name) => tiles.set(name, new Tile(name)));
  $("wall").replaceChildren(...[...tiles.values()].map(({ element }) => element));
  $("wall").classList.toggle("many", known.length > 3);
}

function renderWall() {
  const all = Object.values(state.cameras);
  const columns = Math.ceil(Math.sqrt(all.length));
  const first = all.find(({ width }) => width);
  const ratio = first ? first.width / first.height : 4 / 3;
  $("wall").style.setProperty("--columns", columns);
  $("wall").style.setProperty("--tile", ratio);
  setRatio((ratio * columns) / Math.ceil(all.length / columns));
  $("description").textContent = `${all.length} cameras share the engine`;
  renderFigures(lost ? {} : total(all));
  tiles.forEach((tile, name) => tile.tell(state.cameras[name]));
}

// --- the events ------------------------------------------------------------------------------

function connect() {
  events?.close();
  events = new EventSource("api/v1/events/stream");
  events.onopen = () => {
    if (lost) {
      lost = false;
      showPicture();
      refreshState();
    }
    renderStatus();
  };
  events.onerror = () => {
    lost = true;
    records.clear(); // what was in view a while ago is not what is
    renderState();
    renderDetections();
    if (events.readyState === EventSource.CLOSED) later(connect, RETRY_MS);
  };
  events.addEventListener("detections", (event) => {
    const record = JSON.parse(event.data);
    heardAt = Date.now();
    records.set(record.camera, record);
    remember(record);
    tiles.get(record.camera)?.ask();
    scheduleRender();
  });
  for (const type of ["new", "update", "end"]) {
    events.addEventListener(type, (event) => {
      heardAt = Date.now();
      note(JSON.parse(event.data));
      scheduleRender();
    });
  }
}

function note({ type, camera: name, after }) {
  const words = after.edge.transitions.map(inWords);
  if (type === "new") words.unshift("came");
  const stay_s = after.end_time - after.start_time;
  if (type === "end") words.push(stay_s < 1 ? "left at once" : `left after ${duration(stay_s)}`);
  const { label, edge } = after;
  for (const each of words) {
    happened.unshift({ name, label, track: edge.track, words: each, at: Date.now() });
  }
  happened.length = Math.min(happened.length, MOST_HAPPENED);
}

function inWords({ type, zone, line, direction }) {
  if (type === "zone_enter") return `entered ${zone}`;
  if (type === "zone_exit") return `left ${zone}`;
  return `crossed ${line} to the ${direction}`;
}

function remember(record) {
  const labels = seen.get(record.camera) ?? new Map();
  seen.set(record.camera, labels);
  for (const { label, class_id } of record.detections) labels.set(label, { class_id, at: Date.now() });
}

// --- the state -------------------------------------------------------------------------------

async function refreshState() {
  let response;
  try {
    response = await fetch("api/v1/state", { cache: "no-store" });
  } catch {
    return; // the events tell that the connection is lost
  }
  if (response.status === 401) location.reload(); // the token has changed: let the page ask for it
  if (!response.ok) return;
  const fresh = await response.json();
  if (state !== null && state.version !== fresh.version) location.reload();
  state = fresh;
  palette = state.palette;
  reviveStreams();
  const names = Object.keys(state.cameras);
  if (!chosen || names.join() !== [...known].join()) {
    known = names;
    buildWall();
    choose(wanted());
  }
  renderState();
}

// A machine that slept holds connections that the server has long given up, and gets no word of it.
function reviveStreams() {
  const isNew = (name) => ![undefined, records.get(name)?.time].includes(state.cameras[name]?.time);
  if (Date.now() - heardAt <= SILENT_MS || !shown().some(isNew)) return;
  heardAt = Date.now();
  connect();
  showPicture();
}

function wanted() {
  const name = decodeURIComponent(location.hash.slice(1));
  if (known.includes(name)) return name;
  return known.length === 1 ? known[0] : null;
}

function choose(name) {
  if (chosen && name === camera) return;
  chosen = true;
  camera = name;
  const all = name === null;
  $("frame").hidden = $("snapshot").hidden = all;
  $("wall").hidden = !all;
  $("camera").textContent = all ? "All cameras" : name;
  $("picture").alt = all ? "" : `Live picture of camera ${name}`;
  if (all) hidePicture();
  renderTabs();
  showPicture();
  renderState();
  scheduleRender();
}

// --- what is shown ---------------------------------------------------------------------------

function renderTabs() {
  $("tabs").hidden = known.length < 2;
  $("tabs").replaceChildren(
    ...[null, ...known].map((name) => {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.role = "tab";
      tab.textContent = name ?? "All";
      tab.ariaSelected = String(name === camera);
      tab.onclick = () => (location.hash = encodeURIComponent(name ?? ""));
      return tab;
    }),
  );
}

function condition(now) {
  const told = (kind, words, notice, reason = "") => ({ kind, words, notice, reason });
  if (lost) return told("lost", "Reconnecting", "The connection is lost; trying again");
  if (now === undefined) return told("wait", "Connecting", "Waiting for the first picture");
  if (now.state && now.state !== "streaming") {
    const words = STATES[now.state] ?? now.state;
    if (now.reason) return told("wait", words, `${words}: ${now.reason}`, now.reason);
    return told("wait", words, words);
  }
  if (now.width === undefined) return told("wait", "Starting", "Waiting for the first picture");
  if (now.frame_age_s > STALE_S) {
    return told("wait", "No picture", `No new picture for ${duration(now.frame_age_s)}`);
  }
  return told("live", now.still ? "Live, nothing moves" : "Live", "");
}

function renderStatus() {
  if (lost || camera !== null || state === null) return setStatus(condition(state?.cameras[camera]));
  const kinds = known.map((name) => condition(state.cameras[name]).kind);
  const live = kinds.filter((kind) => kind === "live").length;
  if (live === kinds.length) return setStatus({ kind: "live", words: "Live", notice: "" });
  return setStatus({ kind: "wait", words: `${live} of ${kinds.length} live`, notice: "" });
}

function setStatus({ kind, words, notice }) {
  $("status").dataset.kind = kind;
  if ($("status").textContent !== words) $("status").textContent = words;
  $("notice").hidden = notice === "";
  $("notice").textContent = notice;
}

function renderState() {
  const now = state?.cameras[camera];
  if (now !== undefined) {
    const size = now.width ? `${now.width} × ${now.height}` : "";
    if (now.width) setRatio(now.width / now.height);
    $("description").textContent = now.description || size || "\u00a0";
    renderFigures(lost ? {} : now);
  }
  if (state !== null && chosen && camera === null) renderWall();
  if (state !== null) {
    const { recording } = state;
    const missing = recording?.missing ? `, ${number(recording.missing, 0)} missed` : "";
    $("recording").textContent = recording
      ? `recording ${number(recording.bytes / 1e6, 0)} MB${missing}`
      : "";
    $("model").textContent = state.model ?? "";
    $("engine").textContent = state.engine ?? "";
    $("uptime").textContent = `up ${duration(state.uptime_s)}`;
    $("version").textContent = `edge-mbv2 ${state.version}`;
  }
  renderStatus();
}

function setRatio(ratio) {
  document.documentElement.style.setProperty("--ratio", ratio);
}

function total(cameras) {
  const sum = (key) => cameras.reduce((so_far, now) => so_far + (now[key] ?? 0), 0);
  const dropped = {};
  for (const now of cameras) {
    for (const [reason, count] of Object.entries(now.dropped ?? {})) {
      dropped[reason] = (dropped[reason] ?? 0) + count;
    }
  }
  const ages = cameras.map(({ frame_age_s }) => frame_age_s).filter((age) => typeof age === "number");
  const frame_age_s = ages.length ? Math.max(...ages) : undefined;
  return { rate_hz: sum("rate_hz"), analysed: sum("analysed"), dropped, frame_age_s };
}

function renderFigures(now) {
  $("rate").textContent = number(now.rate_hz, 1);
  const age = now.frame_age_s ?? NaN; // there was no frame yet
  const old = age >= 10;
  $("age").textContent = number(old ? age : age * 1000, 0);
  $("age-unit").textContent = old ? "s" : "ms";
  $("analysed").textContent = number(now.analysed, 0);
  $("analysed").title = told(now.skipped);
  const dropped = Object.values(now.dropped ?? {});
  $("dropped").textContent = number(now.dropped && dropped.reduce((sum, count) => sum + count, 0), 0);
  $("dropped").title = told(now.dropped);
}

function told(counts) {
  return Object.entries(counts ?? {}).map(([reason, count]) => `${reason}: ${count}`).join("\n");
}

function scheduleRender() {
  if (rendering) return;
  rendering = true;
  setTimeout(() => {
    rendering = false;
    renderDetections();
  }, RENDER_EVERY_MS);
}

function renderDetections() {
  const detections = shown().flatMap((name) =>
    [...(records.get(name)?.detections ?? [])]
      .sort((a, b) => a.box[0] - b.box[0])
      .map((detection) => ({ ...detection, name })),
  );
  $("count").textContent = detections.length;
  $("nothing").hidden = detections.length > 0;
  $("nothing").textContent = lost ? "Not known without a connection" : "Nothing at the moment";
  fill($("now"), detections, (row, { label, class_id, score, name }) => {
    put(row, name, label, class_id, `${Math.round(score * 100)}%`);
    row.querySelector(".meter i").style.transform = `scaleX(${score})`;
  });
  renderHappened();
  renderLately(new Set(detections.map(({ name, label }) => `${name} ${label}`)));
}

function renderHappened() {
  const now = Date.now();
  const here = happened.filter(({ name }) => shown().includes(name)).slice(0, HAPPENED_SHOWN);
  $("happened-card").hidden = here.length === 0;
  fill($("happened"), here, (row, { name, label, track, words, at }) => {
    put(row, name, label, seen.get(name)?.get(label)?.class_id ?? 0, `${duration((now - at) / 1000)} ago`);
    row.querySelector(".label").textContent = `${track} ${label}`; // as in the picture
    row.querySelector(".where").textContent = camera === null ? `${words}, ${name}` : words;
  });
}

function renderLately(present) {
  const now = Date.now();
  const gone = shown()
    .flatMap((name) => [...(seen.get(name) ?? [])].map(([label, last]) => ({ ...last, name, label })))
    .filter(({ name, label, at }) => !present.has(`${name} ${label}`) && now - at < REMEMBER_MS)
    .sort((a, b) => b.at - a.at);
  $("lately-card").hidden = gone.length === 0;
  fill($("lately"), gone, (row, { name, label, class_id, at }) => {
    put(row, name, label, class_id, `${duration((now - at) / 1000)} ago`);
  });
}

function fill(list, items, update) {
  while (list.children.length > items.length) list.lastElementChild.remove();
  while (list.children.length < items.length) list.append($("row").content.cloneNode(true));
  items.forEach((item, index) => update(list.children[index], item));
}

function put(row, name, label, class_id, value) {
  row.querySelector(".swatch").style.background = palette[class_id % palette.length];
  row.querySelector(".label").textContent = label;
  row.querySelector(".where").textContent = camera === null ? name : "";
  row.querySelector(".value").textContent = value;
}

function number(value, digits) {
  if (typeof value !== "number" || Number.isNaN(value)) return "–";
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function duration(seconds) {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
}

// --- waking and sleeping -----------------------------------------------------------------------

function later(task, delay) {
  timers.push(setTimeout(task, delay));
}

function wake() {
  heardAt = Date.now();
  connect();
  refreshState();
  timers.push(setInterval(refreshState, STATE_EVERY_MS), setInterval(renderDetections, 1000));
  showPicture();
}

function sleep() {
  timers.forEach(clearTimeout);
  timers = [];
  events?.close();
  hidePicture();
}

$("overlay").checked = localStorage.getItem("overlay") !== "0";
$("overlay").onchange = () => {
  localStorage.setItem("overlay", $("overlay").checked ? "1" : "0");
  showPicture();
};
$("picture").onerror = () => {
  if ($("picture").hasAttribute("src")) later(showPicture, RETRY_MS);
};
$("fullscreen").hidden = !document.fullscreenEnabled;
$("fullscreen").onclick = () =>
  document.fullscreenElement
    ? document.exitFullscreen()
    : $(camera === null ? "wall" : "frame").requestFullscreen();
window.addEventListener("hashchange", () => state !== null && choose(wanted()));
document.addEventListener("visibilitychange", () => (document.hidden ? sleep() : wake()));
if (!document.hidden) wake();
