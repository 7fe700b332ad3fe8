// Checks the players of a page in a frame. `viewer.html` contains this, and calls `players`.

/** Returns what is wrong with the players of a page. */
async function players(frame) {
  const troubles = [];
  const { contentDocument: sheet, contentWindow: view } = frame;
  // mdBook listens there, and turns the page at an arrow key.
  const leaked = new Set();
  sheet.addEventListener('keydown', event => leaked.add(event.key));
  for (const div of sheet.querySelectorAll('.player')) {
    const [recording] = [...div.querySelectorAll('.recording')].map(script => JSON.parse(script.textContent));
    const fail = what => troubles.push(`player of ${recording.name}: ${what}`);
    try {
      await player(div, recording, view, (is, what) => is || fail(what));
    } catch (error) {
      fail(error.stack);
    }
  }
  return leaked.size ? [...troubles, `mdBook gets keys of the player: ${[...leaked]}`] : troubles;
}

/** Waits until something is so, for five seconds at most. */
async function until(is) {
  for (let left = 100; left > 0 && !is(); left -= 1) await new Promise(done => setTimeout(done, 50));
  return is();
}

async function player(div, recording, view, expect) {
  const { events } = recording;
  const find = name => div.querySelector(name);
  const number = find('input[type=number]'), slider = find('input[type=range]');
  const text = node => node?.textContent.replace(/\s+/g, ' ').trim() ?? '';
  const key = (name, target = div) => {
    target.dispatchEvent(new view.KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));
  };
  const set = (field, value, kind) => {
    field.value = value;
    field.dispatchEvent(new view.Event(kind, { bubbles: true }));
  };
  const address = hash => {
    view.location.hash = hash;
    view.dispatchEvent(new view.Event('hashchange'));
  };
  const seek = at => set(number, at + 1, 'change');
  const isAt = (at, after) => expect(Number(number.value) === at + 1 && Number(slider.value) === at + 1,
    `after ${after} it is at event ${number.value} and the slider at ${slider.value}, not at ${at + 1}`);
  const click = name => find(`.player-${name}`).click();
  const last = events.length - 1;

  // The names that a screen reader reads.
  const visible = [...div.querySelectorAll('button, select, input, [tabindex], svg[role]')]
    .filter(control => control.getBoundingClientRect().width > 0);
  const named = [div, ...visible];
  for (const control of named) {
    const name = control.computedName;
    expect(name, `${control.outerHTML.slice(0, 80)} has no accessible name`);
  }
  expect(find('[aria-live=polite]'), 'no sentence is read aloud');

  // Each event shows what the recording says.
  for (const [at, event] of events.entries()) {
    seek(at);
    isAt(at, 'typing a number');
    shows(find, event, events[at - 1], recording, (is, what) => expect(is, `event ${at + 1}: ${what}`));
    const wide = [div.scrollWidth, div.clientWidth];
    expect(wide[0] <= wide[1] + 1, `event ${at + 1}: its content is ${wide[0]} wide, and the player ${wide[1]}`);
  }
  expect(text(find('.player-where')).includes(`of ${events.length}`), `it says “${text(find('.player-where'))}”`);

  // Clicks and keys.
  isAt(last, 'the last number');
  click('forward');
  isAt(last, 'a click on next event at the end');
  for (const [after, act, wanted] of [
    ['a click on previous event', () => click('back'), last - 1],
    ['a click on next event', () => click('forward'), last],
    ['Home', () => key('Home'), 0], ['the left arrow at the beginning', () => key('ArrowLeft'), 0],
    ['the right arrow', () => key('ArrowRight'), 1], ['the left arrow', () => key('ArrowLeft'), 0],
    ['End', () => key('End'), last], ['the right arrow at the end', () => key('ArrowRight'), last],
    ['the slider', () => set(slider, 3, 'input'), 2], ['the right arrow in the slider', () => key('ArrowRight', slider), 3],
    ['an arrow in the list of speeds', () => key('ArrowRight', find('select')), 3],
    ['an address with an event', () => address(`#step0${recording.step}-event-2`), 1],
  ]) {
    act();
    isAt(wanted, after);
  }
  const select = find('select[aria-label^=Task]');
  const tasks = [...select?.options ?? []].map(option => option.value);
  const jumps = [
    ...['wake', 'park'].map(what => [what, event => event.what === what]).filter(([, is]) => events.some(is)),
    ...tasks.map(task => ['poll', event => event.what === 'poll' && event.task === task, task]),
  ];
  for (const [name, is, task] of jumps) {
    seek(0);
    if (task) set(select, task, 'change');
    for (let at = 0, next; at !== last + 1; at = next) {
      next = events.findIndex((event, number) => number > at && is(event));
      const isAble = find(`.player-${name}`).getAttribute('aria-disabled') === 'false';
      expect(isAble === next >= 0, `next ${name} ${task ?? ''} can ${isAble ? '' : 'not '}be pressed at event ${at + 1}`);
      click(name);
      isAt(next < 0 ? at : next, `a click on next ${name} ${task ?? ''}`);
      if (next < 0) break;
    }
  }
  // The timeline: a click on it, its labels, its scale.
  const isShown = svg => svg.getBoundingClientRect().height > 0;
  const both = [...div.querySelectorAll('.player-timeline')];
  const svg = both.find(isShown);
  for (const at of [0, last]) {
    seek(last - at);
    seek(at);
    const box = svg.getBoundingClientRect(), cursor = svg.querySelector('.cursor').getBBox();
    seek(last - at);
    const point = { clientX: box.left + cursor.x + 5, clientY: box.bottom - 20, buttons: 1, bubbles: true };
    svg.dispatchEvent(new view.PointerEvent('pointerdown', point));
    const wanted = events[at].at, got = events[number.value - 1].at;
    const [from, to] = recording.window;
    expect(Math.abs(wanted - got) < (to - from) / 50, `a click at ${wanted} µs leads to ${got} µs`);
  }
  for (let zoom = 0; zoom < 4; zoom += 1) {
    for (const at of [0, Math.floor(last / 2), last]) {
      seek(at);
      for (const trouble of overlaps(svg)) expect(false, `event ${at + 1}, zoom ${zoom}: ${trouble}`);
    }
    const before = svg.innerHTML;
    const isAble = find('.player-in').getAttribute('aria-disabled') === 'false';
    expect(isAble || zoom > 0, 'the scale cannot change');
    click('in');
    expect((before !== svg.innerHTML) === isAble, `the scale ${isAble ? 'does not change' : 'changes too often'}`);
  }
  for (let zoom = 0; zoom < 4; zoom += 1) click('out');
  const compare = find('input[type=checkbox]');
  if (compare) {
    const shown = () => both.filter(isShown).length;
    expect(shown() === 1, 'the second run is shown before it was asked for');
    compare.click();
    expect(shown() === 2, 'the second run is not shown');
    for (const at of [0, Math.floor(last / 2), last]) {
      seek(at);
      const [one, other] = both.map(svg => svg.querySelector('.cursor').getAttribute('d').split(' ')[0]);
      expect(one === other, `event ${at + 1}: the cursors are at ${one} and ${other}`);
      for (const trouble of both.flatMap(overlaps)) expect(false, `event ${at + 1}, compared: ${trouble}`);
      const polls = recording.lanes[0].rows.flatMap(row => row.spans).filter(([from]) => from <= events[at].at).length;
      const said = [...div.querySelectorAll('.player-sum')].map(sum => sum.textContent);
      expect(said.some(said => said.startsWith(`${polls} poll`)), `event ${at + 1}: ${polls} polls, but it says ${said}`);
    }
    compare.click();
    expect(shown() === 1, 'the second run cannot be hidden');
  }
  // Play and pause, by click and by key.
  const press = { click: () => click('play-pause'), space: () => key(' ') };
  for (const [name, act] of Object.entries(press)) {
    seek(0);
    set(find('select[aria-label=Speed]'), 'fast', 'change');
    act();
    expect(find('.player-play-pause').computedName.startsWith('Pause'), `${name}: no pause is offered`);
    expect(await until(() => number.value > 1), `${name}: it does not play`);
    act();
    const at = number.value;
    expect(find('.player-play-pause').computedName.startsWith('Play'), `${name}: no play is offered`);
    await new Promise(done => setTimeout(done, 900));
    expect(number.value === at, `${name}: it does not pause`);
  }
  seek(last - 1);
  click('play-pause');
  const isPaused = () => find('.player-play-pause').computedName.startsWith('Play');
  expect(await until(() => Number(number.value) === last + 1 && isPaused()), 'it does not stop at the end');
  seek(0);
}

/** Compares what is on the page with an event of the recording. */
function shows(find, event, before, recording, expect) {
  const all = (part, name) => [...find(`.player-${part}`)?.querySelectorAll(name) ?? []];
  const plain = text => text.replaceAll('`', '').replace(/\s+/g, ' ').trim();
  const words = node => plain(node?.textContent ?? '');
  const state = event.state ?? {}, old = before?.state ?? state;
  const same = (shown, wanted, what) => expect(shown === wanted, `${what} shows “${shown}”, not “${wanted}”`);
  same(words(find('.player-said')), plain(event.said), 'the sentence');
  for (const part of ['thread', 'note']) {
    if (find(`.player-${part}`)) same(words(find(`.player-${part} .player-now`)), plain(state[part] ?? '—'), part);
  }
  for (const part of ['queue', 'inbox']) {
    const names = all(part, 'li:not(.player-gone)').map(item => item.dataset.name);
    if (find(`.player-${part}`)) same(names.join(), (state[part] ?? []).join(), part);
    const left = (old[part] ?? []).length - (state[part] ?? []).length;
    const change = all(part, '.player-gone').length - all(part, '.player-new').length;
    if (find(`.player-${part}`) && state[part]) same(change, left, `${part}, what has left less what is new,`);
  }
  const value = {
    tasks: item => item.is + (item.waits ? `${item.is === 'waiting' ? '' : ' · waits'} for ${item.waits}` : ''),
    sources: item => item.ready || 'not ready',
    timers: item => `due at ${(item.due / 1000).toFixed(1)} ms`.replace('-', '−'),
  };
  for (const [part, of] of Object.entries(value)) {
    for (const row of all(part, 'li')) {
      const item = (state[part] ?? []).find(item => item.name === row.dataset.name);
      const was = (old[part] ?? []).find(item => item.name === row.dataset.name);
      const shown = row.querySelector('.player-value').cloneNode(true);
      shown.querySelector('.player-was')?.remove();
      same(words(shown), item ? of(item) : '—', `${part}: ${row.dataset.name}`);
      const isNew = row.classList.contains('player-new');
      same(isNew, (item && of(item)) !== (was && of(was)), `${part}: ${row.dataset.name}: the mark of a change`);
    }
    for (const { name } of state[part] ?? []) {
      expect(all(part, 'li').some(row => row.dataset.name === name), `${part}: ${name} is missing`);
    }
  }
  const excerpt = recording.code?.[event.file]?.[event.line];
  if (!find('.player-code')) return;
  same(words(find('.player-file')), event.file ? `${event.file}:${event.line}` : '', 'the place in the code');
  const marked = plain(excerpt?.lines[event.line - excerpt.first] ?? '');
  same(words(find('.player-marked .player-text')), marked, 'the marked line');
}

/** Labels of the timeline that lie on each other, or outside of it. */
function overlaps(svg) {
  const frame = svg.getBoundingClientRect();
  const boxes = [...svg.querySelectorAll('text')].map(text => {
    // The labels of a row are inside of a picture of their own.
    const own = text.closest('svg'), from = frame.left + Number(own.getAttribute('x'));
    return [text.textContent, text.getBoundingClientRect(), from, from + Number(own.getAttribute('width'))];
  });
  const troubles = boxes.filter(([, box, from, to]) => box.left < from - 1 || box.right > to + 1)
    .map(([text]) => `the label “${text}” is cut off`);
  boxes.forEach(([text, a], at) => boxes.slice(at + 1).forEach(([other, b]) => {
    const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (width > 1 && height > 3) troubles.push(`the labels “${text}” and “${other}” overlap`);
  }));
  return troubles;
}

/** Without scripts, each player has a picture above it and a sentence in its place. */
function withoutScript(page) {
  return new Promise(done => {
    const frame = document.createElement('iframe');
    // Nothing in this frame can run a script.
    frame.sandbox = 'allow-same-origin';
    const examine = () => {
      const sheet = frame.contentDocument;
      const troubles = sheet ? [] : ['the page does not load in a frame without scripts'];
      for (const div of sheet?.querySelectorAll('.player') ?? []) {
        const isShown = image => image.offsetWidth > 0 && image.naturalWidth > 0;
        const isBefore = image => image.compareDocumentPosition(div) & Node.DOCUMENT_POSITION_FOLLOWING;
        const before = [...sheet.querySelectorAll('main img')].filter(image => isShown(image) && isBefore(image));
        if (before.length === 0) troubles.push('without a script there is no picture above the player');
        if (!div.innerText.includes('JavaScript')) troubles.push(`without a script the player says “${div.innerText}”`);
      }
      frame.remove();
      done(troubles);
    };
    // The load event can fail to come in a frame without scripts. What is there after five seconds counts then.
    const late = setTimeout(examine, 5000);
    frame.onload = () => {
      clearTimeout(late);
      setTimeout(examine, 100);
    };
    frame.src = '/' + page;
    document.body.append(frame);
  });
}
