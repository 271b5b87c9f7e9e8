// Starts "tcplint lsp" and leaves all else to it.
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { LanguageClient } from 'vscode-languageclient/node';
import { find } from './program.ts';

let client: LanguageClient | undefined;

async function start(context: vscode.ExtensionContext): Promise<void> {
  const settings = vscode.workspace.getConfiguration('tcplint');
  let command: string;
  try {
    command = find({
      setting: settings.get<string>('path', ''), extension: context.extensionPath, path: process.env.PATH ?? '', home: homedir(),
      windows: process.platform === 'win32', folder: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath,
    });
  } catch (e) {
    void vscode.window.showErrorMessage((e as Error).message);
    return;
  }
  client = new LanguageClient('tcplint', 'tcplint', { command, args: ['lsp', ...settings.get<string[]>('arguments', [])] }, {
    // Configuration lies in manifests and scripts, too: the server knows what it reads.
    documentSelector: [{ scheme: 'file' }, { scheme: 'untitled' }],
  });
  await client.start();
}

async function stop(): Promise<void> {
  const old = client;
  client = undefined;
  await old?.dispose();
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const restart = async (): Promise<void> => {
    await stop();
    await start(context);
  };
  context.subscriptions.push(
    vscode.commands.registerCommand('tcplint.restart', restart),
    vscode.workspace.onDidChangeConfiguration((e) => { if (e.affectsConfiguration('tcplint.path') || e.affectsConfiguration('tcplint.arguments')) void restart(); }),
  );
  await start(context);
}

export const deactivate = stop;
