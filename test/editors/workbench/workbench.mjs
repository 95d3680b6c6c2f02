// workbench.mjs CODE_SERVER OPSC VSIX PICTURES [STEPS]: installs the .vsix into VS Code's workbench and uses it as a user does.
// STEPS: a pattern of the steps to take.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Editor, openBrowser, startServer } from './editor.mjs';
import { steps } from './steps.mjs';

const [codeServer, opsc, vsix, pictures] = process.argv.slice(2, 6).map((file) => path.resolve(file));
const chosen = new RegExp(process.argv[6] ?? '.');
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'opsc-workbench-'));
const project = path.join(home, 'shop');

// opsc under a name of its own, so that its starts can be counted.
function writeProgram() {
  const program = path.join(home, 'opsc');
  fs.writeFileSync(program, `#!/bin/sh\necho "$*" >>"${home}/starts"\nexec "${opsc}" "$@"\n`, { mode: 0o755 });
  return program;
}

function starts() {
  return fs.existsSync(path.join(home, 'starts')) ? fs.readFileSync(path.join(home, 'starts'), 'utf8').split('\n').slice(0, -1) : [];
}

async function main() {
  fs.mkdirSync(project, { recursive: true });
  fs.mkdirSync(pictures, { recursive: true });
  fs.cpSync(new URL('project', import.meta.url), project, { recursive: true });
  fs.renameSync(path.join(project, 'main.ops.in'), path.join(project, 'main.ops'));
  const server = await startServer(codeServer, home, {
    'opsc.path': writeProgram(),
    'workbench.startupEditor': 'none',
    'workbench.colorTheme': 'Default Dark Modern',
    'editor.minimap.enabled': false,
    'editor.formatOnSave': false,
    'window.commandCenter': false,
    'chat.commandCenter.enabled': false,
    'editor.hover.delay': 100,
    'workbench.reduceMotion': 'on',
    'editor.stickyScroll.enabled': false,
    'git.enabled': false,
    'terminal.integrated.gpuAcceleration': 'off',
  });
  await server.install(vsix);
  const running = await server.run();
  const { browser, page } = await openBrowser();
  let failed = 0;
  try {
    await page.goto(`${server.url}/?folder=${encodeURIComponent(project)}`);
    const editor = new Editor(page, pictures);
    for (const [name, step] of Object.entries(steps).filter(([name]) => chosen.test(name))) {
      try {
        await step(editor, { starts, configure: server.configure });
        console.log(`ok      ${name}`);
      } catch (error) {
        failed += 1;
        console.log(`FAILED  ${name}: ${error.message}`);
        await editor.picture(`failed-${failed}`);
        await page.keyboard.press('Escape');
      }
    }
  } finally {
    await browser.close();
    running.kill();
    spawnSync(opsc, ['-C', project, 'destroy', '--yes'], { stdio: 'ignore' }); // the service runs by itself
    fs.rmSync(home, { recursive: true, force: true });
  }
  process.exit(failed === 0 ? 0 : 1);
}

await main();
