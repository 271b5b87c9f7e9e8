package nginx_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// luaRows is what ends a Lua block and what does not. body is what Parse takes
// for Lua in "content_by_lua_block {" + body + "}".
var luaRows = []struct{ name, in, body, err string }{
	{name: "empty", in: "content_by_lua_block {}"},
	{name: "no blank before the brace", in: "content_by_lua_block{ f() }", body: " f() "},
	{name: "nested braces", in: "content_by_lua_block { t = { { 1 }, {} } }", body: " t = { { 1 }, {} } "},
	{name: "a brace in double quotes", in: `content_by_lua_block { s = "}" }`, body: ` s = "}" `},
	{name: "a brace in single quotes", in: `content_by_lua_block { s = '{' }`, body: ` s = '{' `},
	{name: "an escaped quote", in: `content_by_lua_block { s = "\"}" }`, body: ` s = "\"}" `},
	{name: "the other quote in a string", in: `content_by_lua_block { s = "it's }" }`, body: ` s = "it's }" `},
	{name: "a long bracket", in: "content_by_lua_block { s = [[ } ' \" -- ]] }", body: " s = [[ } ' \" -- ]] "},
	{name: "a long bracket with a level", in: "content_by_lua_block { s = [==[ ]] ]=] } ]==] }", body: " s = [==[ ]] ]=] } ]==] "},
	{name: "an index is no long bracket", in: "content_by_lua_block { x = t[1]; y = t[=] }", body: " x = t[1]; y = t[=] "},
	{name: "a comment", in: "content_by_lua_block { -- don't }\n}", body: " -- don't }\n"},
	{name: "a long comment", in: "content_by_lua_block { --[[ }\n } ]] }", body: " --[[ }\n } ]] "},
	{name: "a long comment with a level", in: "content_by_lua_block { --[=[ }\n ]] } ]=] }", body: " --[=[ }\n ]] } ]=] "},
	{name: "a comment that looks long", in: "content_by_lua_block { --[ }\n}", body: " --[ }\n"},
	{name: "a minus", in: "content_by_lua_block { x = 1 - 2 }", body: " x = 1 - 2 "},
	{name: "nginx's own characters", in: "content_by_lua_block { x = #t; y = ${ }; }", body: " x = #t; y = ${ }; "},
	{name: "a quote without a partner on its line", in: "content_by_lua_block { it's }", body: " it's "},
	{name: "a quote whose partner is on the next line", in: "content_by_lua_block { ' {\n' } }", body: " ' {\n' } "},
	{name: "an escaped line end makes no string", in: "content_by_lua_block { \"a\\\n}", body: " \"a\\\n"},
	{name: "a comment without a line end", in: "content_by_lua_block { -- }", body: " -- "},
	{name: "a long comment behind one without a line end", in: "content_by_lua_block { -- x --[[ } ]] }", body: " -- x --[[ } ]] "},
	{name: "an escaped quote is no partner", in: `content_by_lua_block { ' \' }`, body: ` ' \' `},
	{name: "the other quote still is", in: `content_by_lua_block { ' \' "}" }`, body: ` ' \' "}" `},
	{name: "CRLF", in: "content_by_lua_block {\r\n  f() -- }\r\n}\r\n", body: "\r\n  f() -- }\r\n"},
	{
		name: "unclosed", in: "content_by_lua_block { f()", body: " f()",
		err: "unexpected end of file, expecting terminating characters for lua code block",
	},
	{
		name: "unclosed inside", in: "content_by_lua_block { if { }", body: " if { }",
		err: "unexpected end of file, expecting terminating characters for lua code block",
	},
	{
		name: "an unclosed long bracket", in: "content_by_lua_block { s = [=[ ]] }", body: " s = [=[ ]] }",
		err: `Lua code block missing the closing long bracket "]=]"`,
	},
	{
		name: "an unclosed long comment", in: "content_by_lua_block { --[[ }", body: " --[[ }",
		err: `Lua code block missing the closing long bracket "]]"`,
	},
}

func TestLua(t *testing.T) {
	for _, row := range luaRows {
		t.Run(row.name, func(t *testing.T) {
			checkLaws(t, row.in)
			tree := nginx.Parse(source.NewFile("f", row.in))
			if tree.Root.Len() != 1 || tree.Root.First().Body() == nil {
				t.Fatalf("got %s", show(tree.Root))
			}
			b := tree.Root.First().Body()
			if !b.Lua() || b.Len() > 0 || tree.HasComments() {
				t.Errorf("Lua %t, %d directives, comments %t", b.Lua(), b.Len(), tree.HasComments())
			}
			if diff := cmp.Diff(row.body, tree.File.Slice(b.Span())); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			line := 1
			if len(tree.Errors) > 0 {
				line = tree.File.Position(len(row.in)).Line
			}
			checkFirstError(t, tree, row.err, line)
		})
	}
}

// TestLuaNames shows which blocks hold Lua and which do not.
func TestLuaNames(t *testing.T) {
	for in, want := range map[string]string{
		"init_by_lua_block { a; } b;":              "[init_by_lua_block]{} [b]",
		"set_by_lua_block $x { return '}' } b;":    "[set_by_lua_block][$x]{} [b]",
		"by_lua_block { a; }":                      "[by_lua_block]{[a]}",
		"a content_by_lua_block { a; }":            "[a][content_by_lua_block]{[a]}",
		"content_by_lua_block_2 { a; }":            "[content_by_lua_block_2]{[a]}",
		"content_by_lua_block ngx.say; b;":         "[content_by_lua_block][ngx.say] [b]",
		"content_by_lua 'ngx.say(\"}\")'; b;":      "[content_by_lua][ngx.say(\"}\")] [b]",
		"'content_by_lua_block' { } # c\n b { }":   "[content_by_lua_block]{} [b]{}",
		"server { access_by_lua_block { {} } } b;": "[server]{[access_by_lua_block]{}} [b]",
	} {
		if diff := cmp.Diff(want, show(nginx.Parse(source.NewFile("f", in)).Root)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in, diff)
		}
		checkLaws(t, in)
	}
}

// TestLuaTime makes sure that hostile Lua takes time in proportion to its
// length; it takes hours otherwise.
func TestLuaTime(t *testing.T) {
	for _, in := range []string{`"`, `\"`, `'\"`, "-", "[", "[=", "--["} {
		text := "content_by_lua_block {" + strings.Repeat(in, 5_000_000/len(in))
		if tree := nginx.Parse(source.NewFile("f", text)); len(tree.Errors) == 0 {
			t.Errorf("%q: no error", in)
		}
	}
}
