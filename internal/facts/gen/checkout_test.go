package main

import (
	"strings"
	"testing"
	"testing/fstest"
)

// A checkout becomes rows, and what is the same as before is no news.
func TestCheckout(t *testing.T) {
	const module = `
/* { ngx_string("commented"), A, ngx_conf_set_num_slot, 0, 0, NULL }, */
static ngx_conf_num_bounds_t  ngx_x_level_bounds = {
    ngx_conf_check_num_bounds, 1, 9
};
static ngx_conf_enum_t  ngx_x_modes[] = {
    { ngx_string("fast"), 1 },
#if (NGX_HAVE_SLOW)
    { ngx_string("slow"), 2 },
#endif
    { ngx_null_string, 0 }
};
static ngx_command_t  ngx_x_commands[] = {

    { ngx_string("x_level"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_x_conf_t, level),
      &ngx_x_level_bounds },

    { ngx_string("x_mode"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_x_conf_t, mode),
      &ngx_x_modes },

    { ngx_string("x_own"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_x_own,
      0, 0, NULL },

      ngx_null_command
};
ngx_module_t  ngx_http_x_module = {
    NGX_MODULE_V1,
    &ngx_x_ctx,                            /* module context */
    ngx_x_commands,                        /* module directives */
};
`
	src := fstest.MapFS{
		"src/core/nginx.h":       {Data: []byte("#define NGINX_VERSION      \"1.99.0\"\n")},
		"src/http/modules/ngx.c": {Data: []byte(module)},
	}
	release, slots, err := readCheckout(src)
	if err != nil {
		t.Fatal(err)
	}
	const head = "name\tmodule\tslot\tvalues\tfirst\tlast\tby\n"
	data := fstest.MapFS{slotFile: {Data: []byte(head +
		"x_level\tngx_http_x_module\tnum\t1-9\t1.20.0\t1.26.0\tread\n" +
		"x_mode\tngx_http_x_module\tenum\tfast\t1.20.0\t1.26.0\tread\n")}}
	text, news, err := mergeSlots(data, release, slots)
	if err != nil {
		t.Fatal(err)
	}
	const want = head +
		"x_level\tngx_http_x_module\tnum\t1-9\t1.20.0\t1.99.0\tread\n" +
		"x_mode\tngx_http_x_module\tenum\tfast\t1.20.0\t1.26.0\tread\n" +
		"x_mode\tngx_http_x_module\tenum\tfast|slow\t1.99.0\t1.99.0\tread\n" +
		"x_own\tngx_http_x_module\tother\t-\t1.99.0\t1.99.0\tread\n"
	if text != want {
		t.Errorf("the table is\n%s\nwant\n%s", text, want)
	}
	if got := strings.Join(news, ", "); got != "x_mode (ngx_http_x_module): enum fast|slow, x_own (ngx_http_x_module): other -" {
		t.Errorf("new is %q", got)
	}
}

func TestNoCheckout(t *testing.T) {
	if _, _, err := readCheckout(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "no checkout of nginx") {
		t.Errorf("an empty folder: %v", err)
	}
}
