// The language server: started where opsc is found and the workspace is trusted, and again when the settings change.
import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  State,
  type ErrorHandler,
  type LanguageClientOptions,
} from 'vscode-languageclient/node';
import { program, tellMissing } from './opsc';

// Where the server's messages and what code lenses ran are shown, and who hears of a run.
export interface Listeners {
  channel: vscode.OutputChannel;
  runs: vscode.OutputChannel;
  onRan: () => void;
}

// What `opsc/ran` says: the server ran a code lens.
interface Ran {
  key: string;
  exit: number;
  output: string;
}

const mostRestarts = 3;

let client: LanguageClient | undefined;
let changing: Promise<void> = Promise.resolve();

async function say(channel: vscode.OutputChannel, text: string): Promise<void> {
  if ((await vscode.window.showErrorMessage(text, 'Show the output')) !== undefined) channel.show();
}

// What ran once is started again a few times; then one message, not one for each attempt.
function handler(channel: vscode.OutputChannel, hasRun: () => boolean): ErrorHandler {
  let restarts = 0;
  return {
    error: () => ({ action: ErrorAction.Continue, handled: true }),
    closed: () => {
      if (!hasRun()) return { action: CloseAction.DoNotRestart, handled: true };
      restarts += 1;
      if (restarts <= mostRestarts) return { action: CloseAction.Restart, handled: true };
      void say(channel, 'The language server of opsc ended several times and is not started again.');
      return { action: CloseAction.DoNotRestart, handled: true };
    },
  };
}

// A server that is started again for a setting gets all of them at its start.
async function tellSettings(sections: string[] | undefined, next: (sections: string[] | undefined) => Promise<void>): Promise<void> {
  const asked = client;
  await changing;
  if (asked !== undefined && asked === client && asked.isRunning()) await next(sections);
}

function optionsOf(channel: vscode.OutputChannel, hasRun: () => boolean): LanguageClientOptions {
  return {
    documentSelector: [
      { language: 'ops', scheme: 'file' },
      { language: 'ops', scheme: 'untitled' },
    ],
    outputChannel: channel,
    initializationOptions: vscode.workspace.getConfiguration('opsc'),
    synchronize: { configurationSection: 'opsc' },
    middleware: { workspace: { didChangeConfiguration: tellSettings } },
    initializationFailedHandler: () => false,
    errorHandler: handler(channel, hasRun),
  };
}

async function start({ channel, runs, onRan }: Listeners): Promise<void> {
  if (!vscode.workspace.isTrusted) return;
  const command = program();
  if (command === undefined) return void tellMissing(false);
  const args = vscode.workspace.getConfiguration('opsc').get<string[]>('serverArguments', ['lsp']);
  let hasRun = false;
  client = new LanguageClient('opsc', 'opsc', { command, args }, optionsOf(channel, () => hasRun));
  client.onDidChangeState(({ newState }) => {
    hasRun ||= newState === State.Running;
    void vscode.commands.executeCommand('setContext', 'opsc.running', newState === State.Running);
  });
  client.onNotification('opsc/ran', ({ output, exit }: Ran) => {
    runs.append(output.endsWith('\n') ? output : `${output}\n`);
    if (exit !== 0) runs.show(true);
    onRan();
  });
  try {
    await client.start();
  } catch (error) {
    channel.appendLine(`${command} ${args.join(' ')} did not start: ${String(error)}`);
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.dispose().catch(() => undefined);
}

// One after the other, however often it is asked for.
export function restart(listeners: Listeners): Promise<void> {
  changing = changing.then(stop).then(() => start(listeners));
  return changing;
}

export function stopServer(): Promise<void> {
  changing = changing.then(stop);
  return changing;
}
