// Shows one camera at a time: its live picture, what is in view, and how the analysis keeps up.
// A hidden page asks for nothing, so that the board draws and encodes for people only.

const STATE_EVERY_MS = 2000;
const RENDER_EVERY_MS = 200;
const RETRY_MS = 2000;
const REMEMBER_MS = 60 * 60 * 1000;
const STALE_S = 5;
const SILENT_MS = 6000;
const STATES = {
  opening: "Opening the camera",
  stalled: "No picture comes",
  waiting: "Waiting for the camera",
  closed: "The camera is closed",
};

const $ = (id) => document.getElementById(id);
const records = new Map(); // camera -> newest record
const seen = new Map(); // camera -> Map(label -> {class_id, at})
let state = null;
let camera = null;
let palette = ["currentcolor"];
let events = null;
let heardAt = 0; // when the newest event came
let lost = false;
let timers = [];
let rendering = false;

// --- the picture -----------------------------------------------------------------------------

function url(file) {
  return `api/v1/cameras/${encodeURIComponent(camera)}/${file}?overlay=${$("overlay").checked ? 1 : 0}`;
}

function showPicture() {
  if (camera === null || document.hidden) return;
  $("picture").src = `${url("stream.mjpg")}&at=${Date.now()}`; // a new address, or nothing is fetched again
  $("snapshot").href = url("snapshot.jpg");
  $("snapshot").download = `${camera}.jpg`;
}

function hidePicture() {
  $("picture").removeAttribute("src");
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
    scheduleRender();
  });
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
  if (!(camera in state.cameras)) choose(wanted() ?? Object.keys(state.cameras)[0]);
  renderState();
}

// A machine that slept holds connections that the server has long given up, and gets no word of it.
function reviveStreams() {
  const newest = state.cameras[camera]?.time;
  const silent = Date.now() - heardAt > SILENT_MS;
  if (newest === undefined || newest === records.get(camera)?.time || !silent) return;
  heardAt = Date.now();
  connect();
  showPicture();
}

function wanted() {
  const name = decodeURIComponent(location.hash.slice(1));
  return state !== null && name in state.cameras ? name : null;
}

function choose(name) {
  if (name === undefined || name === camera) return;
  camera = name;
  $("camera").textContent = name;
  $("picture").alt = `Live picture of camera ${name}`;
  renderTabs();
  showPicture();
  renderState();
  scheduleRender();
}

// --- what is shown ---------------------------------------------------------------------------

function renderTabs() {
  const names = Object.keys(state.cameras);
  $("tabs").hidden = names.length < 2;
  $("tabs").replaceChildren(
    ...names.map((name) => {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.role = "tab";
      tab.textContent = name;
      tab.ariaSelected = String(name === camera);
      tab.onclick = () => (location.hash = encodeURIComponent(name));
      return tab;
    }),
  );
}

function renderStatus() {
  const now = state?.cameras[camera];
  if (lost) return setStatus("lost", "Reconnecting", "The connection is lost; trying again");
  if (now === undefined) return setStatus("wait", "Connecting", "Waiting for the first picture");
  if (now.state && now.state !== "streaming") {
    const words = STATES[now.state] ?? now.state;
    return setStatus("wait", words, now.reason ? `${words}: ${now.reason}` : words);
  }
  if (now.width === undefined) return setStatus("wait", "Starting", "Waiting for the first picture");
  if (now.frame_age_s > STALE_S) {
    return setStatus("wait", "No picture", `No new picture for ${duration(now.frame_age_s)}`);
  }
  return setStatus("live", "Live", "");
}

function setStatus(kind, words, notice) {
  $("status").dataset.kind = kind;
  if ($("status").textContent !== words) $("status").textContent = words;
  $("notice").hidden = notice === "";
  $("notice").textContent = notice;
}

function renderState() {
  const now = state?.cameras[camera];
  if (now !== undefined) {
    const size = now.width ? `${now.width} × ${now.height}` : "";
    if (now.width) document.documentElement.style.setProperty("--ratio", now.width / now.height);
    $("description").textContent = now.description || size || "\u00a0";
    renderFigures(lost ? {} : now);
  }
  if (state !== null) {
    $("model").textContent = state.model ?? "";
    $("engine").textContent = state.engine ?? "";
    $("uptime").textContent = `up ${duration(state.uptime_s)}`;
    $("version").textContent = `edge-mbv2 ${state.version}`;
  }
  renderStatus();
}

function renderFigures(now) {
  $("rate").textContent = number(now.rate_hz, 1);
  const old = now.frame_age_s >= 10;
  $("age").textContent = old ? number(now.frame_age_s, 0) : number(now.frame_age_s * 1000, 0);
  $("age-unit").textContent = old ? "s" : "ms";
  $("analysed").textContent = number(now.analysed, 0);
  const reasons = Object.entries(now.dropped ?? {});
  $("dropped").textContent = number(now.dropped && reasons.reduce((sum, [, count]) => sum + count, 0), 0);
  $("dropped").title = reasons.map(([reason, count]) => `${reason}: ${count}`).join("\n");
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
  const detections = [...(records.get(camera)?.detections ?? [])].sort((a, b) => a.box[0] - b.box[0]);
  $("count").textContent = detections.length;
  $("nothing").hidden = detections.length > 0;
  $("nothing").textContent = lost ? "Not known without a connection" : "Nothing at the moment";
  fill($("now"), detections, (row, { label, class_id, score }) => {
    put(row, label, class_id, `${Math.round(score * 100)}%`);
    row.querySelector(".meter i").style.transform = `scaleX(${score})`;
  });
  renderLately(new Set(detections.map(({ label }) => label)));
}

function renderLately(present) {
  const now = Date.now();
  const gone = [...(seen.get(camera) ?? [])]
    .filter(([label, { at }]) => !present.has(label) && now - at < REMEMBER_MS)
    .sort(([, a], [, b]) => b.at - a.at);
  $("lately-card").hidden = gone.length === 0;
  fill($("lately"), gone, (row, [label, { class_id, at }]) => {
    put(row, label, class_id, `${duration((now - at) / 1000)} ago`);
  });
}

function fill(list, items, update) {
  while (list.children.length > items.length) list.lastElementChild.remove();
  while (list.children.length < items.length) list.append($("row").content.cloneNode(true));
  items.forEach((item, index) => update(list.children[index], item));
}

function put(row, label, class_id, value) {
  row.querySelector(".swatch").style.background = palette[class_id % palette.length];
  row.querySelector(".label").textContent = label;
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
  document.fullscreenElement ? document.exitFullscreen() : $("frame").requestFullscreen();
window.addEventListener("hashchange", () => choose(wanted() ?? camera));
document.addEventListener("visibilitychange", () => (document.hidden ? sleep() : wake()));
if (!document.hidden) wake();
