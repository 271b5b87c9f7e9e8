// Package mcp answers the engine's questions as tools of the Model Context Protocol
// (modelcontextprotocol.io, 2025-06-18): what is wrong, what is in force, what a name
// means, what a machine's own words come from, what load the limits allow, and what a
// patch would change. No tool writes anything, and none sees more than the file system
// that the server is given.
package mcp

import (
	"context"
	"encoding/json"
	"io"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tcplint/tcplint/internal/workspace"
)

// Options say what a server answers about.
type Options struct {
	// FS is all that is seen; paths of questions begin at its root.
	FS workspace.FS
	// Workspace is what every question is asked with besides its paths and versions.
	Workspace workspace.Options
	// Version is that of the program.
	Version string
}

const instructions = `tcplint finds what goes wrong on the TCP path between client, nginx, backend and
kernel. Paths begin at the folder that the server was started for; without paths, all of
it is read. Begin with "check" for faults in configuration, with "diagnose" for an
incident whose evidence (ss, netstat, nstat, dmesg, logs) lies in files. Nothing is ever
written: "patch" returns a unified diff.`

// New returns a server that has its tools.
func New(o Options) *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "tcplint", Title: "tcplint", Version: o.Version}, &mcp.ServerOptions{Instructions: instructions})
	t := &tools{o}
	add(server, "check", "Find faults in nginx configuration and kernel settings. Returns tcplint's JSON report: findings with file, range, message, notes and the patch that cures each.", t.check)
	add(server, "show", "Show what is in force: for each location that passes requests on its target, pool, settings and headers, and the kernel settings, each with where it comes from. JSON.", t.show)
	add(server, "explain", "Explain a rule, a symptom or cause of a diagnosis, a directive of nginx, a parameter of one (listen.backlog) or a kernel key. Text.", t.explain)
	add(server, "diagnose", "Come from what a machine printed, in files, to the cause of an incident: proved, likely or possible, with the lines that show it and the command that decides what is left. JSON.", t.diagnose)
	add(server, "capacity", "List the limits on the path of a connection (source ports, descriptors, worker_connections, accept queues, pools, tables of the kernel), the load at which each is reached, what a given load needs, and how full each is where files hold what the machine printed. JSON.", t.capacity)
	add(server, "patch", "Return what fixing would change, as a unified diff, without changing anything. Each patch was verified: the finding is gone and nothing new has come.", t.patch)
	return server
}

// Serve answers a client over a pair of streams until it leaves.
func Serve(ctx context.Context, in io.ReadCloser, out io.WriteCloser, o Options) error {
	return New(o).Run(ctx, &mcp.IOTransport{Reader: in, Writer: out})
}

// answer is a text, of JSON if it is an object or an array, and what is to be said
// besides.
type answer struct {
	text    string
	remarks []string
}

// add adds a tool. What cannot be answered is the tool's result, as the protocol wants
// it, so that the model can read it.
func add[In any](server *mcp.Server, name, about string, ask func(context.Context, In) (answer, error)) {
	no := false
	tool := &mcp.Tool{Name: name, Description: about, Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true, DestructiveHint: &no, OpenWorldHint: &no, IdempotentHint: true}}
	mcp.AddTool(server, tool, func(ctx context.Context, _ *mcp.CallToolRequest, in In) (*mcp.CallToolResult, any, error) {
		got, err := ask(ctx, in)
		if err != nil {
			return nil, nil, err
		}
		res := &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: got.text}}}
		for _, r := range got.remarks {
			res.Content = append(res.Content, &mcp.TextContent{Text: r})
		}
		if object := json.RawMessage(got.text); len(object) > 0 && object[0] == '{' && json.Valid(object) {
			res.StructuredContent = object
		}
		return res, nil, nil
	})
}
