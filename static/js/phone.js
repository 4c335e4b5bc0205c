// The handler's phone: shows the photograph that was just taken, small, before it is sent.
// Nothing is kept: the picture is drawn from the file that the form will send.
const LARGEST = 480; // pixels of the preview's longer side

document.addEventListener("change", async (event) => {
  const field = event.target.closest?.("[data-id-photo]");
  if (!field || event.target.type !== "file") return;
  const canvas = field.querySelector("canvas");
  canvas.hidden = true;
  const [file] = event.target.files;
  if (!file) return;
  try {
    await draw(file, canvas);
  } catch {
    // not a picture that this browser can draw: the server says what is wrong with it
  }
});

async function draw(file, canvas) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LARGEST / Math.max(picture.width, picture.height));
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  canvas.hidden = false;
}
