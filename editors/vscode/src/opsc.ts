// opsc as the extension calls it: found by the setting, never started in a workspace without trust.
import { execFile } from 'node:child_process';
import * as vscode from 'vscode';
import { findProgram } from './locate';

// The program, or undefined after the user was told how to get it.
export function program(resource?: vscode.Uri): string | undefined {
  const setting = vscode.workspace.getConfiguration('opsc', resource).get<string>('path', 'opsc');
  const folder = resource ? vscode.workspace.getWorkspaceFolder(resource) : vscode.workspace.workspaceFolders?.[0];
  const found = findProgram(setting, folder?.uri.fsPath);
  void vscode.commands.executeCommand('setContext', 'opsc.missing', found === undefined);
  return found;
}

let hasTold = false;

// Once a session, or again when the user asked for something that needs opsc.
export async function tellMissing(again: boolean): Promise<void> {
  if (hasTold && !again) return;
  hasTold = true;
  const setting = vscode.workspace.getConfiguration('opsc').get<string>('path', 'opsc');
  const where = setting.includes('/') ? `there is no program \`${setting}\`` : `\`${setting}\` is not in PATH`;
  const chosen = await vscode.window.showErrorMessage(
    `opsc was not found: ${where}. Without it .ops files have colours only.`,
    'Set the path',
    'How to install it',
  );
  if (chosen === 'Set the path') await vscode.commands.executeCommand('workbench.action.openSettings', 'opsc.path');
  if (chosen === 'How to install it') {
    await vscode.commands.executeCommand('workbench.action.openWalkthrough', 'opsc.opsc#start');
  }
}

// What a command prints on standard output as JSON; undefined when it fails.
export function json<T>(directory: string, args: string[]): Promise<T | undefined> {
  const file = program(vscode.Uri.file(directory));
  if (!vscode.workspace.isTrusted || file === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const options = { cwd: directory, maxBuffer: 256 << 20, timeout: 60_000 };
    execFile(file, ['--no-color', ...args], options, (error, stdout) => {
      if (error) return resolve(undefined);
      try {
        resolve(JSON.parse(stdout) as T);
      } catch {
        resolve(undefined);
      }
    });
  });
}
