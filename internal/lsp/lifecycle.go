package lsp

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/creachadair/jrpc2"
)

// initialize agrees with the client on what both can.
func (s *server) initialize(_ context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[initializeParams](req)
	if err != nil {
		return nil, err
	}
	encoding := utf16Encoding
	if g := p.Capabilities.General; g != nil && slices.Contains(g.PositionEncodings, utf8Encoding) {
		encoding = utf8Encoding
	}
	s.begin(rootsOf(p), encoding == utf8Encoding)
	s.mu.Lock()
	s.life, s.client = initialized, p.Capabilities
	s.mu.Unlock()
	if err := s.configure(p.InitializationOptions); err != nil {
		s.log(err.Error())
	}
	yes := true
	change := syncIncremental
	result := &initializeResult{
		ServerInfo: serverInfo{Name: "tcplint", Version: optional(s.options.Version)},
		Capabilities: capabilities{
			PositionEncoding:   encoding,
			TextDocumentSync:   &syncOptions{OpenClose: &yes, Change: &change, Save: &saveOptions{}},
			CompletionProvider: &completionOptions{TriggerCharacters: []string{"$", "/", "."}},
			DefinitionProvider: lspBool(true), ReferencesProvider: lspBool(true),
			DocumentSymbolProvider: lspBool(true), FoldingRangeProvider: lspBool(true),
			RenameProvider: &renameOptions{PrepareProvider: &yes},
			HoverProvider:  lspBool(true),
			CodeActionProvider: &actionOptions{
				CodeActionKinds: []actionKind{kindQuickFix, kindFixAll}, ResolveProvider: &yes,
			},
			ExecuteCommandProvider: commandOptions{Commands: []string{explainCommand}},
			Workspace:              &workspaceOptions{WorkspaceFolders: &folderOptions{Supported: &yes, ChangeNotifications: lspBool(true)}},
		},
	}
	if pulls(p.Capabilities) {
		result.Capabilities.DiagnosticProvider = &pullOptions{InterFileDependencies: true, WorkspaceDiagnostics: true}
	}
	return result, nil
}

// initialized is when the client is ready to be asked, and to be told of findings.
func (s *server) initialized(context.Context, *jrpc2.Request) (any, error) {
	s.watch()
	s.changed()
	return nil, nil
}

// watch asks the client to tell of files that others write.
func (s *server) watch() {
	s.mu.Lock()
	w := s.client.Workspace
	s.mu.Unlock()
	if w == nil || w.DidChangeWatchedFiles == nil || !isTrue(w.DidChangeWatchedFiles.DynamicRegistration) {
		return
	}
	// What is configuration is known by its content, so that all files count.
	const all = `{"registrations":[{"id":"files","method":"workspace/didChangeWatchedFiles","registerOptions":{"watchers":[{"globPattern":"**/*"}]}}]}`
	go func() {
		if _, err := s.rpc.Callback(context.Background(), "client/registerCapability", json.RawMessage(all)); err != nil {
			s.log("the client does not tell of changed files: " + err.Error())
		}
	}()
}

func (s *server) shutdown(context.Context, *jrpc2.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.life = shutDown
	if s.cancel != nil {
		s.cancel()
	}
	return nil, nil
}

func (s *server) exit(context.Context, *jrpc2.Request) (any, error) {
	s.once.Do(func() { close(s.left) })
	return nil, nil
}

// cancelRequest gives up a request that is being answered.
func (s *server) cancelRequest(_ context.Context, req *jrpc2.Request) (any, error) {
	var p struct {
		ID json.RawMessage `json:"id"`
	}
	if err := req.UnmarshalParams(&p); err != nil {
		return nil, err
	}
	s.rpc.CancelRequest(string(p.ID))
	return nil, nil
}
