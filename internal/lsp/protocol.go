package lsp

import (
	"encoding/json"
	"fmt"

	"github.com/creachadair/jrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/tcplint/tcplint/internal/lint"
)

// The types of the protocol come from go.lsp.dev/protocol, which only this file knows,
// so that another library, or own types, would change nothing else.
type (
	docURI     = uri.URI
	position   = protocol.Position
	spanRange  = protocol.Range
	location   = protocol.Location
	textEdit   = protocol.TextEdit
	lspText    = protocol.String
	lspBool    = protocol.Boolean
	lspAny     = protocol.LSPAny
	markup     = protocol.MarkupContent
	editedFile = protocol.TextDocumentEdit

	initializeParams = protocol.InitializeParams
	initializeResult = protocol.InitializeResult
	serverInfo       = protocol.ServerInfo
	capabilities     = protocol.ServerCapabilities
	clientFeatures   = protocol.ClientCapabilities
	syncOptions      = protocol.TextDocumentSyncOptions
	saveOptions      = protocol.SaveOptions
	actionOptions    = protocol.CodeActionOptions
	workspaceOptions = protocol.WorkspaceOptions
	folderOptions    = protocol.WorkspaceFoldersServerCapabilities

	openParams    = protocol.DidOpenTextDocumentParams
	changeParams  = protocol.DidChangeTextDocumentParams
	partialChange = protocol.TextDocumentContentChangePartial
	wholeChange   = protocol.TextDocumentContentChangeWholeDocument
	contentChange = protocol.TextDocumentContentChangeEvent
	closeParams   = protocol.DidCloseTextDocumentParams
	saveParams    = protocol.DidSaveTextDocumentParams
	watchedParams = protocol.DidChangeWatchedFilesParams
	foldersParams = protocol.DidChangeWorkspaceFoldersParams

	pullParams        = protocol.DocumentDiagnosticParams
	pullAllParams     = protocol.WorkspaceDiagnosticParams
	pullOptions       = protocol.DiagnosticOptions
	settingsParams    = protocol.DidChangeConfigurationParams
	diagnostic        = protocol.Diagnostic
	related           = protocol.DiagnosticRelatedInformation
	publishParams     = protocol.PublishDiagnosticsParams
	logParams         = protocol.LogMessageParams
	commandParams     = protocol.ExecuteCommandParams
	commandOptions    = protocol.ExecuteCommandOptions
	showParams        = protocol.ShowDocumentParams
	actionParams      = protocol.CodeActionParams
	definitionParams  = protocol.DefinitionParams
	referenceParams   = protocol.ReferenceParams
	renameParams      = protocol.RenameParams
	renameOptions     = protocol.RenameOptions
	prepareParams     = protocol.PrepareRenameParams
	symbolParams      = protocol.DocumentSymbolParams
	documentSymbol    = protocol.DocumentSymbol
	completionParams  = protocol.CompletionParams
	completionList    = protocol.CompletionList
	completionItem    = protocol.CompletionItem
	completionOptions = protocol.CompletionOptions
	itemKind          = protocol.CompletionItemKind
	foldParams        = protocol.FoldingRangeParams
	foldingRange      = protocol.FoldingRange
	codeAction        = protocol.CodeAction
	actionKind        = protocol.CodeActionKind
	workspaceEdit     = protocol.WorkspaceEdit
	hover             = protocol.Hover
	hoverParams       = protocol.HoverParams
	docIdentifier     = protocol.TextDocumentIdentifier
	versionedName     = protocol.OptionalVersionedTextDocumentIdentifier
	documentChange    = protocol.DocumentChange
	documentEdit      = protocol.TextDocumentEditElement
)

const (
	utf8Encoding  = protocol.PositionEncodingKindUTF8
	utf16Encoding = protocol.PositionEncodingKindUTF16

	syncIncremental = protocol.TextDocumentSyncKindIncremental

	keySymbol       = protocol.SymbolKindKey
	namespaceSymbol = protocol.SymbolKindNamespace
	keywordItem     = protocol.CompletionItemKindKeyword
	moduleItem      = protocol.CompletionItemKindModule
	valueItem       = protocol.CompletionItemKindValue
	variableItem    = protocol.CompletionItemKindVariable
	keyItem         = protocol.CompletionItemKindProperty
	commentFold     = protocol.FoldingRangeKindComment

	kindQuickFix = protocol.CodeActionKindQuickFix
	kindFixAll   = protocol.CodeActionKindSourceFixAll + ".tcplint"
)

// The codes of errors that the protocol adds to those of JSON-RPC.
const (
	codeNotInitialized  jrpc2.Code = -32002
	codeContentModified jrpc2.Code = -32801
	codeCancelled       jrpc2.Code = -32800
	codeRequestFailed   jrpc2.Code = -32803
)

// decode reads the parameters of a request.
func decode[T any](req *jrpc2.Request) (*T, error) {
	var raw json.RawMessage
	if err := req.UnmarshalParams(&raw); err != nil {
		return nil, err
	}
	v := new(T)
	if len(raw) == 0 {
		return v, nil
	}
	if err := protocol.Unmarshal(raw, v); err != nil {
		return nil, jrpc2.Errorf(jrpc2.InvalidParams, "the parameters of %s cannot be read: %v", req.Method(), err)
	}
	return v, nil
}

// encode writes a result, or parameters.
func encode(v any) (json.RawMessage, error) {
	if v == nil {
		return json.RawMessage("null"), nil
	}
	return protocol.Marshal(v)
}

func severityOf(s lint.Severity) protocol.DiagnosticSeverity {
	switch s {
	case lint.Error:
		return protocol.DiagnosticSeverityError
	case lint.Warning:
		return protocol.DiagnosticSeverityWarning
	default:
		return protocol.DiagnosticSeverityInformation
	}
}

// plainDiagnostic is one of a rule, or of none.
func plainDiagnostic(at spanRange, severity protocol.DiagnosticSeverity, rule, msg string) diagnostic {
	d := diagnostic{Range: at, Severity: severity, Source: optional("tcplint"), Message: lspText(msg)}
	if rule != "" {
		d.Code = lspText(rule)
		d.CodeDescription.Href = docURI(lint.RuleURL(rule))
	}
	return d
}

// ruleOf is the rule of a diagnostic, and what it says.
func ruleOf(d diagnostic) (id, msg string) {
	code, _ := d.Code.(lspText)
	text, _ := d.Message.(lspText)
	return string(code), string(text)
}

// logMessage is a line for the client's log.
func logMessage(text string) *logParams {
	return &logParams{Type: protocol.MessageTypeError, Message: text}
}

func tagsOf(unnecessary, deprecated bool) protocol.DiagnosticTags {
	var tags []protocol.DiagnosticTag
	if unnecessary {
		tags = append(tags, protocol.DiagnosticTagUnnecessary)
	}
	if deprecated {
		tags = append(tags, protocol.DiagnosticTagDeprecated)
	}
	return protocol.NewDiagnosticTags(tags...)
}

func optional[T any](v T) protocol.Optional[T] { return protocol.NewOptional(v) }

// spelledAlike is an address as the library spells all that it reads.
func spelledAlike(text string) docURI {
	if u, err := uri.Parse(text); err == nil {
		return u
	}
	return docURI(text)
}

// markdown is text with marks.
func markdown(text string) *markup { return &markup{Kind: protocol.MarkupKindMarkdown, Value: text} }

func showMessage(text string) *protocol.ShowMessageParams {
	return &protocol.ShowMessageParams{Type: protocol.MessageTypeInfo, Message: text}
}

// command is one with a word as its argument.
func command(title, name, arg string) protocol.Command {
	raw, _ := json.Marshal(arg) // text can always be written
	return protocol.Command{Title: title, Command: name, Arguments: []lspAny{lspAny(raw)}}
}

// rootsOf are the folders that a client works on. Older ones name a root and no
// folders.
func rootsOf(p *initializeParams) []docURI {
	if list, ok := p.WorkspaceFolders.Get(); ok {
		var out []docURI
		for _, f := range list {
			out = append(out, f.URI)
		}
		return out
	}
	if p.RootURI != nil { //nolint:staticcheck // what older clients send
		return []docURI{*p.RootURI} //nolint:staticcheck // what older clients send
	}
	if root, ok := p.RootPath.Get(); ok && root != "" { //nolint:staticcheck // what older clients send
		return []docURI{uriOf(root)}
	}
	return nil
}

// The parts of a report on how far something has come.
func beginProgress(title string) any {
	share := uint32(0)
	return &protocol.WorkDoneProgressBegin{Kind: "begin", Title: title, Percentage: &share}
}

func reportProgress(done, all int) any {
	share := uint32(100 * done / max(all, 1)) //nolint:gosec // at most 100
	text := fmt.Sprintf("%d of %d", done, all)
	return &protocol.WorkDoneProgressReport{Kind: "report", Percentage: &share, Message: &text}
}

func endProgress() any { return &protocol.WorkDoneProgressEnd{Kind: "end"} }

// progressParams carry one of them.
func progressParams(token string, value any) (json.RawMessage, error) {
	raw, err := encode(value)
	if err != nil {
		return nil, err
	}
	return encode(&protocol.ProgressParams{Token: lspText(token), Value: lspAny(raw)})
}

func createProgress(token string) any {
	return &protocol.WorkDoneProgressCreateParams{Token: lspText(token)}
}

// blockSymbols are the kinds of blocks, for the signs that editors show.
var blockSymbols = map[string]protocol.SymbolKind{
	"upstream": protocol.SymbolKindClass, "server": protocol.SymbolKindModule, "location": protocol.SymbolKindFunction,
	"map": protocol.SymbolKindVariable, "geo": protocol.SymbolKindVariable, "split_clients": protocol.SymbolKindVariable,
}

// completionOf is an offer that takes the place of what is written.
func completionOf(o offer, at spanRange) completionItem {
	item := completionItem{Label: o.text, Kind: o.kind, TextEdit: &textEdit{Range: at, NewText: o.text}}
	if o.detail != "" {
		item.Detail = optional(o.detail)
	}
	if o.doc != "" {
		item.Documentation = lspText(o.doc)
	}
	if o.deprecated {
		item.Tags = []protocol.CompletionItemTag{protocol.CompletionItemTagDeprecated}
	}
	return item
}

// pulls reports whether a client asks for diagnostics and can be told to ask again,
// which those of one file need that depend on others.
func pulls(c clientFeatures) bool {
	return c.TextDocument != nil && c.TextDocument.Diagnostic != nil &&
		c.Workspace != nil && c.Workspace.Diagnostics != nil && isTrue(c.Workspace.Diagnostics.RefreshSupport)
}

// fullReport and sameReport are answers on one file: all of it, or that it is as it was.
func fullReport(id string, all []diagnostic) any {
	return &protocol.RelatedFullDocumentDiagnosticReport{
		FullDocumentDiagnosticReport: protocol.FullDocumentDiagnosticReport{Kind: "full", ResultID: &id, Items: all},
	}
}

func sameReport(id string) any {
	return &protocol.RelatedUnchangedDocumentDiagnosticReport{
		UnchangedDocumentDiagnosticReport: protocol.UnchangedDocumentDiagnosticReport{Kind: "unchanged", ResultID: id},
	}
}

// fileReport is one of many.
type fileReport struct {
	uri     docURI
	version *int32
	id      string
	same    bool
	all     []diagnostic
}

func allReports(files []fileReport) any {
	out := &protocol.WorkspaceDiagnosticReport{Items: []protocol.WorkspaceDocumentDiagnosticReport{}}
	for _, f := range files {
		if f.same {
			out.Items = append(out.Items, &protocol.WorkspaceUnchangedDocumentDiagnosticReport{
				UnchangedDocumentDiagnosticReport: protocol.UnchangedDocumentDiagnosticReport{Kind: "unchanged", ResultID: f.id},
				URI:                               f.uri, Version: f.version,
			})
			continue
		}
		out.Items = append(out.Items, &protocol.WorkspaceFullDocumentDiagnosticReport{
			FullDocumentDiagnosticReport: protocol.FullDocumentDiagnosticReport{Kind: "full", ResultID: &f.id, Items: f.all},
			URI:                          f.uri, Version: f.version,
		})
	}
	return out
}
