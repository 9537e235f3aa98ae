// Records an announcement by the browser's microphone, and puts it where a file would be chosen.

const place = document.getElementById("record-here");
const file = document.getElementById("file");
let recorder = null;

if (place && navigator.mediaDevices && window.MediaRecorder) {
  place.hidden = false;
  place.querySelector("button").addEventListener("click", () => (recorder ? recorder.stop() : begin()));
}

async function begin() {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    say("refused");
    return;
  }
  const parts = [];
  recorder = new MediaRecorder(stream);
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  recorder.addEventListener("stop", () => {
    for (const track of stream.getTracks()) track.stop();
    keep(new Blob(parts, { type: recorder.mimeType }));
    recorder = null;
    name("begin");
    say("done");
  });
  recorder.start();
  name("end");
  say("speak");
}

function keep(blob) {
  const chosen = new DataTransfer();
  chosen.items.add(new File([blob], "recorded", { type: blob.type }));
  file.files = chosen.files;
}

function name(what) {
  place.querySelector("button span").textContent = place.dataset[what];
}

function say(what) {
  place.querySelector("[role=status]").textContent = place.dataset[what];
}
