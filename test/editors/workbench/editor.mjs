// VS Code's workbench in a browser, driven as a user does: by keys, the mouse and what is on the screen.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { chromium } from 'playwright-core';

export const patience = 180_000;

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

// code-server with its own settings, extensions and port.
export async function startServer(codeServer, home, settings) {
  const port = await freePort();
  const folders = { '--user-data-dir': path.join(home, 'user'), '--extensions-dir': path.join(home, 'extensions') };
  // Those of the machine, since it may say which program is started; a browser's user may not.
  fs.mkdirSync(path.join(home, 'user/Machine'), { recursive: true });
  const configure = (changes) => {
    Object.assign(settings, changes);
    fs.writeFileSync(path.join(home, 'user/Machine/settings.json'), JSON.stringify(settings));
  };
  configure({});
  const config = path.join(home, 'config.yaml');
  fs.writeFileSync(config, `bind-addr: 127.0.0.1:${port}\nauth: none\ncert: false\n`);
  const entry = path.join(codeServer, 'out/node/entry.js');
  const args = [entry, '--config', config, ...Object.entries(folders).flat()];
  const start = (more) =>
    spawn(process.execPath, [...args, ...more], { env: { ...process.env, HOME: home }, stdio: ['ignore', 'pipe', 'pipe'] });
  return {
    configure,
    url: `http://127.0.0.1:${port}`,
    install: (vsix) => ended(start(['--install-extension', vsix])),
    run: async () => {
      const server = start(['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override']);
      await new Promise((resolve, reject) => {
        server.stdout.on('data', (text) => String(text).includes('HTTP server listening') && resolve());
        server.on('exit', (code) => reject(new Error(`code-server ended with ${code}`)));
      });
      return server;
    },
  };
}

async function ended(child) {
  let text = '';
  child.stdout.on('data', (data) => (text += data));
  child.stderr.on('data', (data) => (text += data));
  const code = await new Promise((resolve) => child.on('exit', resolve));
  if (code !== 0) throw new Error(text);
  return text;
}

export async function openBrowser() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  const page = await browser.newPage({ viewport: { width: 1180, height: 760 } });
  page.setDefaultTimeout(patience);
  return { browser, page };
}

// What a user sees and does in one window.
export class Editor {
  constructor(page, pictures) {
    this.page = page;
    this.pictures = pictures;
  }

  async command(name) {
    await this.page.keyboard.press('F1');
    const input = this.page.locator('.quick-input-widget input.input');
    await input.waitFor({ state: 'visible' });
    await input.fill(`>${name}`);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first().waitFor();
    await this.page.keyboard.press('Enter');
  }

  async openFile(name) {
    await this.page.keyboard.press('Control+P');
    await this.page.locator('.quick-input-widget input.input').fill(name);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first().waitFor();
    await this.page.keyboard.press('Enter');
    await this.page.locator('.tab.active', { hasText: name }).waitFor();
    await this.page.locator('.monaco-editor .view-line').first().waitFor();
  }

  async goto(line, column) {
    await this.page.keyboard.press('Control+G');
    const input = this.page.locator('.quick-input-widget input.input');
    await input.waitFor({ state: 'visible' });
    await input.fill(`:${line}:${column}`);
    await this.page.keyboard.press('Enter');
    await input.waitFor({ state: 'hidden' });
  }

  // The visible lines of the editor, top to bottom, without inlay hints.
  async lines() {
    const rows = await this.page.locator('.monaco-editor .view-lines').first().locator('.view-line').evaluateAll((all) =>
      all.map((row) => {
        const parts = [...row.querySelectorAll(':scope > span > span')].filter((part) => !part.className.includes('dyn-rule'));
        return [parseFloat(row.style.top), parts.map((part) => part.textContent).join('').replaceAll('\u00a0', ' ')];
      }),
    );
    return rows.sort((a, b) => a[0] - b[0]).map(([, text]) => text.trimEnd());
  }

  // The colour of a word as it is painted.
  async colour(word) {
    return this.page.locator('.monaco-editor .view-lines').first().locator('.view-line span span').evaluateAll(
      (spans, text) => {
        const span = spans.find((s) => s.textContent.replaceAll('\u00a0', ' ').trim() === text);
        return span ? getComputedStyle(span).color : 'absent';
      },
      word,
    );
  }

  // What the terminal shows.
  async terminal() {
    return (await this.page.locator('.xterm-rows').first().innerText({ timeout: 2000 })).replaceAll('\u00a0', ' ');
  }

  // Until it holds, asked again and again: what the screen shows comes when it comes.
  async until(what, holds) {
    const end = Date.now() + patience;
    let last;
    while (Date.now() < end) {
      try {
        last = await holds();
        if (last) return last;
      } catch (error) {
        last = error;
      }
      await this.page.waitForTimeout(200);
    }
    throw new Error(`${what}: not seen; last: ${last}`);
  }

  async picture(name) {
    await this.page.screenshot({ path: path.join(this.pictures, `${name}.png`) });
  }
}
