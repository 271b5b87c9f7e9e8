// Package lsp is the language server: what the command line says of files, said in an
// editor while they are written.
//
// It decides nothing: workspace knows what the files are, engine what is wrong with
// them and how that is mended. Here are the protocol, the texts that are open, and the
// way from one to the other. Nothing here touches a file or the process.
package lsp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"

	"github.com/tcplint/tcplint/internal/workspace"
)

// Options say what a server works on.
type Options struct {
	// FS is what files are read through. Names are absolute paths without the slash in
	// front.
	FS workspace.FS
	// Workspace is how they are read. Its Dir, Paths and Unsaved are the server's.
	Workspace workspace.Options
	// Version is that of the program, for the client to show.
	Version string
	// Log is told what broke; nil drops it.
	Log func(string)
}

// ErrNoShutdown says that a client left without having asked for a shutdown.
var ErrNoShutdown = errors.New("the client left without asking for a shutdown")

// Serve answers one client until it leaves or the context ends.
func Serve(ctx context.Context, in io.Reader, out io.WriteCloser, o Options) error {
	return newServer(o).serve(ctx, in, out)
}

func newServer(o Options) *server {
	return &server{session: newSession(o), options: o, life: starting, wake: make(chan struct{}, 1), left: make(chan struct{}), published: published{texts: map[docURI]string{}, told: map[string]bool{}}}
}

func (s *server) serve(ctx context.Context, in io.Reader, out io.WriteCloser) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// A request may wait for a check; others go on beside it.
	s.rpc = jrpc2.NewServer(s, &jrpc2.ServerOptions{AllowPush: true, DisableBuiltin: true, Concurrency: 16})
	s.rpc.Start(newAnswers(newOutbox(channel.LSP(in, out))))
	var work sync.WaitGroup
	work.Go(func() { s.work(ctx) })
	stopped := make(chan error, 1)
	go func() { stopped <- s.rpc.Wait() }()
	var err error
	select {
	// What reads from a client that says nothing more may never end: nobody waits for it.
	case <-ctx.Done():
		s.rpc.Stop()
		err = ctx.Err()
	case <-s.left:
		s.rpc.Stop()
	case err = <-stopped:
		if channel.IsErrClosing(err) || errors.Is(err, io.EOF) {
			err = nil
		}
	}
	cancel()
	work.Wait()
	if err == nil && !s.ended() {
		err = ErrNoShutdown
	}
	return err
}

// life is how far a session has come.
type life uint8

const (
	starting life = iota
	initialized
	shutDown
)

// server is one session with a client.
type server struct {
	*session

	options Options
	rpc     *jrpc2.Server

	mu     sync.Mutex
	life   life
	client clientFeatures
	cancel context.CancelFunc // of the check that is running
	once   sync.Once
	left   chan struct{}
	wake   chan struct{} // something has changed

	shown     bool // that the first check goes on
	published published
}

// handler answers one kind of message. A nil result is null.
type handler func(ctx context.Context, req *jrpc2.Request) (any, error)

func (s *server) handlers() map[string]handler {
	return map[string]handler{
		"initialize":                          s.initialize,
		"initialized":                         s.initialized,
		"shutdown":                            s.shutdown,
		"exit":                                s.exit,
		"$/cancelRequest":                     s.cancelRequest,
		"$/setTrace":                          ignore,
		"textDocument/didOpen":                s.didOpen,
		"textDocument/didChange":              s.didChange,
		"textDocument/didClose":               s.didClose,
		"textDocument/didSave":                s.didSave,
		"workspace/didChangeWatchedFiles":     s.didChangeWatched,
		"workspace/didChangeWorkspaceFolders": s.didChangeFolders,
		"workspace/didChangeConfiguration":    s.didChangeConfiguration,
		"textDocument/diagnostic":             s.pull,
		"workspace/diagnostic":                s.pullAll,
		"textDocument/codeAction":             s.codeActions,
		"codeAction/resolve":                  s.resolveAction,
		"workspace/executeCommand":            s.execute,
		"textDocument/definition":             s.definition,
		"textDocument/references":             s.references,
		"textDocument/prepareRename":          s.prepareRename,
		"textDocument/rename":                 s.rename,
		"textDocument/documentSymbol":         s.symbols,
		"textDocument/foldingRange":           s.folds,
		"textDocument/completion":             s.complete,
		"textDocument/hover":                  s.hover,
	}
}

func ignore(context.Context, *jrpc2.Request) (any, error) { return nil, nil }

// Assign finds the handler of a method. Notifications are done in the order in which
// they come, and before requests that come after them.
func (s *server) Assign(_ context.Context, method string) jrpc2.Handler {
	h := s.handlers()[method]
	if h == nil {
		return nil
	}
	return func(ctx context.Context, req *jrpc2.Request) (any, error) {
		if err := s.alive(method, req.IsNotification()); err != nil {
			return nil, err
		}
		v, err := any(nil), error(jrpc2.Errorf(jrpc2.InternalError, "%s broke: the log says more", method))
		s.guard(method, func() { v, err = h(ctx, req) })
		// What was cancelled is not answered with a result, even if there is one.
		if ctx.Err() != nil {
			return nil, jrpc2.Errorf(codeCancelled, "%s was cancelled", method)
		}
		if err != nil {
			return nil, err
		}
		return encode(v)
	}
}

// alive refuses what comes at the wrong time.
func (s *server) alive(method string, note bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case method == "exit", method == "$/cancelRequest":
		return nil
	case s.life == starting && method != "initialize":
		return jrpc2.Errorf(codeNotInitialized, "%s came before initialize", method)
	case s.life == initialized && method == "initialize":
		return jrpc2.Errorf(jrpc2.InvalidRequest, "initialize came twice")
	case s.life == shutDown && !note:
		return jrpc2.Errorf(jrpc2.InvalidRequest, "%s came after shutdown", method)
	}
	return nil
}

func (s *server) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.life == shutDown
}

// guard logs what breaks in it.
func (s *server) guard(what string, do func()) {
	defer func() {
		if r := recover(); r != nil {
			s.log(fmt.Sprintf("%s broke: %v\n%s", what, r, debug.Stack()))
		}
	}()
	do()
}

func (s *server) log(text string) {
	if s.options.Log != nil {
		s.options.Log(text)
	}
}
