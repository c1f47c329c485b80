// The one button of a statement on paper.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-act=print]")) print();
});
