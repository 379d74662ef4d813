// Each segmentation of the page is an element of its own, with its figures in a script of JSON.

startTheme();
startCopy();
all('[data-tabs]').forEach(startTabs);

const segmentations = all('.segmentation');
const isOnly = segmentations.length === 1;
const movers = [];
const filters = segmentations.map((part) => {
  const data = JSON.parse(document.getElementById(`segkit-data-${part.dataset.name}`).textContent);
  const filter = startFilter(part, data, isOnly);
  for (const box of all('.what-if', part)) movers.push(startWhatIf(box, part, data, isOnly));
  for (const box of all('.customer', part)) startCustomer(box, part, data, filter);
  for (const box of all('details.cube', part)) startCube(box, data, filter);
  return filter;
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') filters.forEach((filter) => filter.clear());
});
addEventListener('hashchange', () => follow(filters, movers));
follow(filters, movers);
