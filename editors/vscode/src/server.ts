// The language server: started where opsc is found and the workspace is trusted, and again when the settings change.
import * as vscode from 'vscode';
import { LanguageClient, State, type LanguageClientOptions } from 'vscode-languageclient/node';
import { program, tellMissing } from './opsc';

let client: LanguageClient | undefined;
let changing: Promise<void> = Promise.resolve();

function optionsOf(channel: vscode.OutputChannel): LanguageClientOptions {
  return {
    documentSelector: [
      { language: 'ops', scheme: 'file' },
      { language: 'ops', scheme: 'untitled' },
    ],
    outputChannel: channel,
    synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher('**/{*.ops,ops.lock}') },
    middleware: {
      provideCodeLenses: (document, token, next) =>
        vscode.workspace.getConfiguration('opsc', document).get('codeLens.enabled', true) ? next(document, token) : [],
    },
  };
}

async function start(channel: vscode.OutputChannel): Promise<void> {
  if (!vscode.workspace.isTrusted) return;
  const command = program();
  if (command === undefined) return void tellMissing(false);
  const args = vscode.workspace.getConfiguration('opsc').get<string[]>('serverArguments', ['lsp']);
  client = new LanguageClient('opsc', 'opsc server', { command, args }, optionsOf(channel));
  client.onDidChangeState(({ newState }) =>
    vscode.commands.executeCommand('setContext', 'opsc.running', newState === State.Running),
  );
  try {
    await client.start();
  } catch (error) {
    channel.appendLine(`cannot start ${command} ${args.join(' ')}: ${String(error)}`);
    const chosen = await vscode.window.showErrorMessage('The language server of opsc did not start.', 'Show the output');
    if (chosen) channel.show();
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.dispose();
}

// One after the other, however often it is asked for.
export function restart(channel: vscode.OutputChannel): Promise<void> {
  changing = changing.then(stop).then(() => start(channel));
  return changing;
}

export function stopServer(): Promise<void> {
  changing = changing.then(stop);
  return changing;
}
