// Set phrases: once a sentence was chosen the search is empty again, so that the next one is looked for among all.

document.addEventListener("htmx:finally:request", (event) => {
  const form = event.detail?.ctx?.sourceElement;
  const field = form?.matches?.(".phrases form") && document.getElementById("phrase-words");
  if (field) field.value = "";
});
