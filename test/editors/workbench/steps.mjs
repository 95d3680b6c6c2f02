// What a user does with a project, in this order. Each step leaves the editor as the next one needs it.
import assert from 'node:assert/strict';

const dialog = '.monaco-dialog-box';
const row = (page, text) => page.locator('.monaco-list-row', { hasText: text }).first();

export const steps = {
  async 'without trust files are coloured and opsc is not started'(editor, { starts }) {
    const { page } = editor;
    await page.locator(dialog, { hasText: 'Do you trust the authors' }).waitFor();
    await page.locator(`${dialog} .monaco-button`, { hasText: 'No' }).click();
    await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
    await editor.openFile('main.ops');
    await editor.until('colours', async () => (await editor.colour('task')) !== 'absent');
    assert.deepEqual(starts(), []);
    await page.locator('.action-item', { has: page.locator('[aria-label="ops"]') }).first().click();
    await page.locator('.welcome-view-content', { hasText: 'need a trusted workspace' }).waitFor();
    await editor.picture('untrusted');
  },

  async 'trust starts the language server'(editor, { starts }) {
    const { page } = editor;
    await page.locator('.welcome-view-content a, .welcome-view-content .monaco-button', { hasText: 'Manage trust' }).first().click();
    await page.locator('.workspace-trust-editor .monaco-button', { hasText: /^Trust$/ }).first().click();
    await editor.until('the start of opsc lsp', () => starts().includes('lsp'));
    await page.locator('.tab', { hasText: 'Workspace Trust' }).locator('.codicon-close').click();
    await page.locator('.tab.active', { hasText: 'main.ops' }).waitFor();
  },

  async 'words have the colours of what they are'(editor) {
    const colours = {};
    for (const word of ['edition', 'task', 'inputs', 'limits', '"shop"', '2026']) colours[word] = await editor.colour(word);
    assert.ok(!Object.values(colours).includes('absent'), JSON.stringify(colours));
    assert.equal(colours.inputs, colours.limits, 'what stands below a shell script');
    assert.equal(new Set(Object.values(colours)).size, 5, JSON.stringify(colours));
  },

  async 'a mistake is underlined and said'(editor) {
    const { page } = editor;
    await page.locator('.squiggly-error').first().waitFor();
    await editor.goto(1, 1);
    await page.keyboard.press('F8');
    const widget = page.locator('.zone-widget .marker-widget, .zone-widget').first();
    await widget.getByText('retires').first().waitFor();
    await editor.picture('diagnostic');
    await page.keyboard.press('Escape');
  },

  async 'the quick fix mends it'(editor) {
    const { page } = editor;
    await page.keyboard.press('Control+.');
    await page.locator('.action-widget .monaco-list-row', { hasText: 'retries' }).first().waitFor();
    await editor.picture('quick-fix');
    await page.keyboard.press('Enter');
    await editor.until('the mended line', async () => (await editor.lines()).includes('  retries: 1'));
    await page.locator('.squiggly-error').first().waitFor({ state: 'detached' });
  },

  async 'fields are completed'(editor) {
    const { page } = editor;
    await editor.goto(22, 13);
    await page.keyboard.press('Enter');
    await page.keyboard.type('ok');
    await page.keyboard.press('Control+Space');
    await page.locator('.suggest-widget.visible .monaco-list-row', { hasText: 'ok_codes' }).first().waitFor();
    await editor.picture('completion');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+Shift+K');
    await editor.until('the line as it was', async () => !(await editor.lines()).includes('  ok'));
  },

  async 'hover says type and documentation'(editor) {
    const { page } = editor;
    await editor.goto(15, 5);
    await editor.command('Show or Focus Hover');
    await page.locator('.monaco-hover', { hasText: 'Limits' }).first().waitFor();
    await page.waitForTimeout(500);
    await editor.picture('hover');
    await page.keyboard.press('Escape');
  },

  async 'rename changes every use'(editor) {
    const { page } = editor;
    await editor.goto(9, 7);
    await page.keyboard.press('F2');
    const input = page.locator('.rename-box input');
    await input.waitFor();
    await input.fill('compile');
    await page.keyboard.press('Enter');
    await editor.until('the new name', async () => {
      const text = (await editor.lines()).join('\n');
      return text.includes('task compile {') && text.includes('run: [compile.app]') && !text.includes('build.app');
    });
    await page.keyboard.press('Control+S');
  },

  async 'a code lens plans the instance'(editor) {
    const { page } = editor;
    const lens = page.locator('.codelens-decoration a', { hasText: /plan/i }).first();
    await lens.waitFor();
    await editor.picture('code-lens');
    await lens.click();
    await page.locator('.codelens-decoration a', { hasText: /plan: ./ }).first().waitFor();
    await editor.picture('code-lens-result');
  },

  async 'plan shows its output in the terminal'(editor) {
    await editor.command('ops: Plan');
    await editor.until('the plan', async () => (await editor.terminal()).includes('Plan: '));
    await editor.picture('plan');
  },

  async 'the tree lists instances and runs one'(editor) {
    const { page } = editor;
    await row(page, 'web').getByText('not applied yet').waitFor();
    await row(page, 'compile').click({ button: 'right' });
    await page.locator('.context-view .action-item', { hasText: /^Run/ }).first().click();
    await page.locator('.xterm-rows', { hasText: /Done:\s+1\s+ran/ }).first().waitFor();
    await editor.picture('instances');
  },

  async 'apply shows the plan, asks, and applies it'(editor) {
    const { page } = editor;
    await editor.command('ops: Apply…');
    await page.locator(dialog, { hasText: /Apply: .* to (run|create)/ }).waitFor();
    await editor.picture('apply');
    await page.locator(`${dialog} .monaco-button`, { hasText: 'Apply' }).click();
    await page.locator(dialog).waitFor({ state: 'detached' });
    await row(page, 'motd').getByText('applied').waitFor();
    await row(page, 'web').getByText('up', { exact: false }).waitFor();
    await row(page, 'web').locator('.monaco-tl-twistie').click();
    await row(page, 'http://127.0.0.1').waitFor();
    await editor.picture('applied');
  },

  async 'while the sources have errors the tree shows what it knows'(editor) {
    const { page } = editor;
    await editor.goto(4, 1);
    await page.keyboard.type(')');
    await page.keyboard.press('Control+S');
    await page.locator('.squiggly-error').first().waitFor();
    await editor.command('ops: Refresh');
    await page.waitForTimeout(3000);
    await row(page, 'web').getByText('up').waitFor();
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Control+S');
    await page.locator('.squiggly-error').first().waitFor({ state: 'detached' });
  },

  async 'without opsc a message says what to do'(editor, { configure }) {
    const { page } = editor;
    configure({ 'opsc.path': '/nowhere/opsc' });
    const toast = page.locator('.notification-toast', { hasText: 'there is no program `/nowhere/opsc`' });
    await toast.waitFor();
    await toast.locator('.monaco-button', { hasText: 'Set the path' }).waitFor();
    await page.locator('.welcome-view-content', { hasText: 'opsc was not found' }).waitFor();
    assert.equal(await page.locator('.notification-toast', { hasText: 'failed' }).count(), 0);
    await editor.picture('missing');
  },
};
