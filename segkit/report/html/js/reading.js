// What helps to read any page: light and dark, copying, tabs.

const THEMES = ['auto', 'light', 'dark'];
const THEME_KEY = 'segkit-theme';
const redraws = []; // of what is drawn by hand in the colours of the theme

function startTheme() {
  const controls = all('button.theme');
  let theme = 'auto';
  try { // a browser may keep nothing for files, or for anybody
    theme = localStorage.getItem(THEME_KEY);
  } catch { /* the page begins as the system is */ }

  function show(next) {
    theme = THEMES.includes(next) ? next : 'auto';
    const { dataset } = document.documentElement;
    if (theme === 'auto') delete dataset.theme;
    else dataset.theme = theme;
    for (const control of controls) control.textContent = `Theme: ${theme}`;
    for (const redraw of redraws) redraw();
  }

  show(theme);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => show(theme));
  for (const control of controls) {
    control.hidden = false;
    control.addEventListener('click', () => {
      show(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]);
      try {
        localStorage.setItem(THEME_KEY, theme);
      } catch { /* then it lasts until the page is left */ }
    });
  }
}

function copiedByCommand(text) {
  const area = make('textarea', { 'aria-hidden': 'true' });
  area.value = text;
  document.body.append(area);
  area.select();
  let done = false;
  try {
    done = document.execCommand('copy');
  } catch { /* said by the button */ }
  area.remove();
  return done;
}

// A page that is a file may be refused the clipboard; then the text is selected for a key to copy.
async function copy(source, control) {
  const text = source.textContent;
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    done = copiedByCommand(text);
  }
  control.focus();
  if (!done) getSelection().selectAllChildren(source);
  control.dataset.says ??= control.textContent;
  control.textContent = done ? 'Copied' : 'Selected: press Ctrl+C';
  setTimeout(() => { control.textContent = control.dataset.says; }, done ? 1500 : 6000);
}

// <button class="copy" data-of="id of what is copied">
function startCopy() {
  for (const control of all('button.copy')) {
    control.hidden = false;
    control.addEventListener('click', () => {
      copy(document.getElementById(control.dataset.of), control);
    });
  }
}

// Sections with a heading each, which become panels with tabs.
function startTabs(box) {
  const panels = all(':scope > section', box);
  const tabs = panels.map((panel, place) => {
    const heading = find('h3', panel);
    heading.hidden = true;
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-label', heading.textContent);
    return button(heading.textContent, () => show(place), { role: 'tab' });
  });

  function show(chosen) {
    tabs.forEach((tab, place) => {
      tab.setAttribute('aria-selected', String(place === chosen));
      tab.tabIndex = place === chosen ? 0 : -1;
      panels[place].hidden = place !== chosen;
    });
  }

  const list = make('div', { role: 'tablist', 'aria-label': box.dataset.tabs }, ...tabs);
  list.addEventListener('keydown', (event) => {
    const [now, last] = [tabs.indexOf(document.activeElement), tabs.length - 1];
    const next = {
      ArrowRight: now === last ? 0 : now + 1,
      ArrowLeft: now === 0 ? last : now - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    show(next);
    tabs[next].focus();
  });
  box.prepend(list);
  show(0);
}
