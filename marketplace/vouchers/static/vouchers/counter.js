// The counter works without this: it adds large keys under the PIN, a print button, and one click less.
document.documentElement.classList.add("with-script");
for (const input of document.querySelectorAll("[data-pin-pad]")) {
  const pad = document.createElement("div");
  pad.className = "pin-pad";
  for (const key of ["1", "2", "3", "4", "5", "6", "7", "8", "9", "C", "0", "⌫"]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = key;
    button.addEventListener("click", () => {
      if (key === "C") input.value = "";
      else if (key === "⌫") input.value = input.value.slice(0, -1);
      else if (input.value.length < input.maxLength) input.value += key;
    });
    pad.append(button);
  }
  input.after(pad);
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
