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
	c, err := readCheckout(src)
	if err != nil {
		t.Fatal(err)
	}
	const head = "name\tmodule\tslot\tvalues\tfirst\tlast\tby\n"
	data := fstest.MapFS{slotFile: {Data: []byte(head +
		"x_level\tngx_http_x_module\tnum\t1-9\t1.20.0\t1.26.0\tread\n" +
		"x_mode\tngx_http_x_module\tenum\tfast\t1.20.0\t1.26.0\tread\n")}}
	text, news, err := mergeSlots(data, c.release, c.slots())
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
	if _, err := readCheckout(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "no checkout of nginx") {
		t.Errorf("an empty folder: %v", err)
	}
}

// tree is a checkout with one module.
func tree(version string) fstest.MapFS {
	return fstest.MapFS{
		"src/core/nginx.h":         {Data: []byte(version)},
		"src/http/modules/ngx_x.c": {Data: []byte(parameters)},
	}
}

const parameters = `
static char *
ngx_x_own(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strcmp(value[i].data, "fast") == 0) {
            fast = 1;
            continue;
        }

        if (ngx_strncmp(value[i].data, "weight=", 7) == 0) {

            weight = ngx_atoi(&value[i].data[7], value[i].len - 7);

            if (weight == NGX_ERROR || weight == 0) {
                goto invalid;
            }

            continue;
        }

        if (ngx_strncmp(value[i].data, "only=o", 6) == 0) {
            if (ngx_strcmp(&value[i].data[6], "n") == 0) {
                only = 1;

            } else if (ngx_strcmp(&value[i].data[6], "ff") == 0) {
                only = 0;

            } else {
                goto invalid;
            }

            continue;
        }

        if (ngx_strncmp(value[i].data, "rate=", 5) == 0) {
            p = ngx_strchr(value[i].data, '/');
            rate = ngx_atoi(value[i].data + 5, len - 5);
            continue;
        }

        goto invalid;
    }

    return NGX_CONF_OK;

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"", &value[i]);

    return NGX_CONF_ERROR;
}

static ngx_command_t  ngx_x_commands[] = {

    { ngx_string("x_own"),
      NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_x_own,
      0, 0, NULL },

    { ngx_string("x_time"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_x_conf_t, time),
      NULL },

      ngx_null_command
};

static char *
ngx_x_merge(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_conf_merge_msec_value(conf->time, prev->time, 60000);
    return NGX_CONF_OK;
}

ngx_module_t  ngx_http_x_module = {
    NGX_MODULE_V1,
    &ngx_x_ctx,                            /* module context */
    ngx_x_commands,                        /* module directives */
};
`

// data are the tables with one known directive, which the checkout has in another form.
func tables() fstest.MapFS {
	return fstest.MapFS{
		slotFile:                 {Data: []byte("name\tmodule\tslot\tvalues\tfirst\tlast\tby\n")},
		directiveFile:            {Data: []byte("# head\nname\tmodule\tsince\tbefore\tcontexts\targs\tflags\topens\tdefault\tdeprecated\tsource\nx_own\tngx_http_x_module\t1.0.0\t-\tserver\t1-2\t-\t-\t-\t-\thttp/a.c:1\nx_old\tngx_http_x_module\t1.0.0\t-\tserver\t1\t-\t-\t-\t-\thttp/a.c:1\n")},
		"directive-defaults.tsv": {Data: []byte("name\tmodule\tfrom\tbefore\tdefault\tsource\n")},
		paramFile:                {Data: []byte("name\tmodule\tafter\tparam\tvalue\tsince\tbefore\tby\nx_own\tngx_http_x_module\t1\tslow\t-\t<=1.18.0\t-\tread\n")},
		newestFile:               {Data: []byte("product\tversion\nnginx\t1.31.5\nlinux\t7.3.4\n")},
		checkoutFile:             {Data: []byte("product\trelease\nnginx\t1.31.4\n")},
		otherFile:                {Data: []byte("# others\nzzz\n")},
	}
}

// A release that is newer than the tables brings rows: directives that came, changed and
// went, with their defaults, and parameters.
func TestNewRelease(t *testing.T) {
	files, news, err := readRelease(tree("#define NGINX_VERSION \"1.33.0\"\n"), tables())
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(news, "\n")
	for file, want := range map[string]string{
		directiveFile: "x_old\tngx_http_x_module\t1.0.0\t1.33.0\tserver\t1\t-\t-\t-\t-\thttp/a.c:1\n" +
			"x_own\tngx_http_x_module\t1.0.0\t1.33.0\tserver\t1-2\t-\t-\t-\t-\thttp/a.c:1\n" +
			"x_own\tngx_http_x_module\t1.33.0\t-\tserver,location\t1-2\t-\t-\t-\t-\thttp/modules/ngx_x.c:57\n" +
			"x_time\tngx_http_x_module\t1.33.0\t-\thttp\t1\t-\t-\t60s\t-\thttp/modules/ngx_x.c:62\n",
		paramFile: "x_own\tngx_http_x_module\t1\tfast\t-\t1.31.5..1.33.0\t-\tread\n" +
			"x_own\tngx_http_x_module\t1\tonly=\twords off|on\t1.31.5..1.33.0\t-\tread\n" +
			"x_own\tngx_http_x_module\t1\trate=\tany\t1.31.5..1.33.0\t-\tread\n" +
			"x_own\tngx_http_x_module\t1\tslow\t-\t<=1.18.0\t1.31.5..1.33.0\tread\n" +
			"x_own\tngx_http_x_module\t1\tweight=\tnum 1-\t1.31.5..1.33.0\t-\tread\n",
		newestFile:   "nginx\t1.33.0\n",
		checkoutFile: "nginx\t1.31.4\nnginx\t1.33.0\n",
	} {
		if !strings.Contains(files[file], want) {
			t.Errorf("%s is\n%s\nwant in it\n%s", file, files[file], want)
		}
	}
	for _, want := range []string{
		"x_old (ngx_http_x_module): gone", "x_own (ngx_http_x_module): in server,location, the table has server",
		"x_time (ngx_http_x_module): new, in http, 1", "x_own (ngx_http_x_module): gone: slow -",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it says\n%s\nwant in it %q", said, want)
		}
	}
	if _, _, err := readRelease(tree("#define NGINX_VERSION \"1.30.0\"\n"), tables()); err == nil || !strings.Contains(err.Error(), "oldest first") {
		t.Errorf("an older release: %v", err)
	}
}

// Relatives give names, and what they have otherwise than the nginx inside.
func TestRelatives(t *testing.T) {
	angie := tree("#define NGINX_VERSION \"1.31.2\"\n")
	angie["src/core/angie.h"] = &fstest.MapFile{Data: []byte("#define ANGIE_VERSION  \"1.12.0\"\n")}
	bundle := fstest.MapFS{
		"bundle/nginx-1.27.1/src/core/nginx.h":         {Data: []byte("#define NGINX_VERSION \"1.27.1\"\n")},
		"bundle/nginx-1.27.1/src/http/modules/ngx_x.c": {Data: []byte(parameters)},
		"bundle/ngx_lua-0.10.26/src/ngx_http_lua.c": {Data: []byte("static ngx_command_t ngx_http_lua_cmds[] = {\n" +
			"    { ngx_string(\"x_by_lua\"), NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1, ngx_x, 0, 0, NULL },\n    ngx_null_command\n};\n")},
	}
	for _, c := range []struct {
		src   fstest.MapFS
		title string
		names string
	}{
		{angie, "angie 1.12.0 on nginx 1.31.2:", "# others\nx_time\nzzz\n"},
		{tree("#define NGINX_VERSION \"1.29.3\"\n#define NGINX_VER \"freenginx/\" NGINX_VERSION\n"), "freenginx 1.29.3 on nginx 1.29.3:", "# others\nx_time\nzzz\n"},
		{bundle, "openresty 1.27.1 on nginx 1.27.1:", "# others\nx_by_lua\nx_time\nzzz\n"},
	} {
		files, news, err := readRelease(c.src, tables())
		if err != nil {
			t.Fatal(err)
		}
		said := strings.Join(news, "\n")
		if !strings.HasPrefix(said, c.title) || !strings.Contains(said, "x_old (ngx_http_x_module): gone") {
			t.Errorf("it says\n%s\nwant %q, and what is gone", said, c.title)
		}
		if files[otherFile] != c.names || len(files) != 1 {
			t.Errorf("%s: the names are\n%s\nwant\n%s", c.title, files[otherFile], c.names)
		}
	}
}
