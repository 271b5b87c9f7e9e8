package collect

import (
	"strings"
	"testing"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// secretConfig holds a secret wherever one may stand in a configuration of nginx.
// Each has "canary" in it.
const secretConfig = `
user www-data; # canary of a comment
env API_KEY=canary1;
events { worker_connections 1024; }
http {
    log_format timed '$remote_addr "$request" $status $upstream_addr $upstream_response_time';
    map $http_x_api_key $known { default 0; "canary-2a" 1; ~^canary-2b 1; }
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    geo $inside { default 0; 10.0.0.0/8 1; }
    upstream api { zone api 64k; server 10.0.0.7:8080 max_fails=3; keepalive 16; }
    js_var $token canary3;
    server {
        listen 443 ssl http2;
        server_name app.example.com;
        ssl_certificate /etc/ssl/canary4.pem;
        ssl_certificate_key "data:canary5";
        ssl_password_file /etc/ssl/canary6;
        auth_basic "canary7";
        auth_basic_user_file /etc/nginx/canary8;
        secure_link_secret canary9;
        set $api_key "canary10";
        set $backend "http://$host:8080";
        if ($http_authorization = "Basic canary11") { return 403; }
        if ($arg_token = canary12) { return 200 "canary13"; }
        add_header X-Token canary14;
        location / {
            proxy_set_header Authorization "Bearer canary15";
            proxy_set_header Cookie "session=canary16";
            proxy_set_header X-Api-Key canary17;
            proxy_set_header Host $host;
            proxy_set_header Connection "";
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_http_version 1.1;
            proxy_pass http://user:canary18@api/v1/?key=canary19;
            proxy_read_timeout 75s;
        }
        location /lua { content_by_lua_block {
            -- canary20 }
            ngx.say("canary21 }") if x then y = { canary22 = 1 } end
        } }
        location /php {
            fastcgi_param DB_PASSWORD canary23;
            fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
            fastcgi_pass unix:/run/php/php8.2-fpm.sock;
        }
        location /hook/canary24a1b2c3d4e5f6a7b8c9d0 { return 204; }
        canary25_is_no_directive canary26;
        "canary 27" canary28;
        sub_filter canary29 canary30;
        more_set_headers "X: canary31";
        rewrite ^/old$ /new?key=canary32 last;
        resolver 10.0.0.2 valid=30s;
    }
}
`

func TestNginxTextHoldsNoSecretAndKeepsItsPlaces(t *testing.T) {
	got := NginxText(secretConfig)
	for line := range strings.Lines(got) {
		if strings.Contains(line, "canary") && !strings.Contains(line, "canary25_is_no_directive") {
			t.Errorf("a secret is left: %s", line)
		}
	}
	if len(got) != len(secretConfig) {
		t.Errorf("%d bytes became %d", len(secretConfig), len(got))
	}
	for _, want := range []string{
		`worker_connections 1024;`, `server 10.0.0.7:8080 max_fails=3; keepalive 16;`, `listen 443 ssl http2;`,
		`default upgrade; '' close;`, `10.0.0.0/8 1;`, `proxy_set_header Connection "";`, `proxy_set_header Host $host;`,
		`proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;`, `proxy_http_version 1.1;`, `proxy_read_timeout 75s;`,
		`proxy_pass http://api/v1/?_`, `fastcgi_pass unix:/run/php/php8.2-fpm.sock;`,
		`fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;`, `server_name app.example.com;`,
		`log_format timed '$remote_addr "$request" $status $upstream_addr $upstream_response_time';`,
		`set $backend "http://$host:8080";`, `resolver 10.0.0.2 valid=30s;`,
	} {
		at := strings.Index(got, want)
		if at < 0 {
			t.Errorf("%s is missing", want)
			continue
		}
		if from, _, _ := strings.Cut(want, "?"); !strings.HasPrefix(secretConfig[at:], strings.SplitN(from, "://", 2)[0]) {
			t.Errorf("%s does not stand where it stood", want)
		}
	}
	if errs := nginx.Parse(source.NewFile("x", got)).Errors; len(errs) > 0 {
		t.Errorf("what is left cannot be read: %v", errs)
	}
}

var accessLines = []string{
	`10.0.0.1 - alice [30/Nov/2026:01:27:28 +0000] "GET /orders/42?token=s3cret HTTP/1.1" 200 612 "https://x.example/?sid=abc" "curl/8.0 (secret)"`,
	`10.0.0.1 - - [30/Nov/2026:01:27:28 +0000] "POST /api/v1/reset/4f9a8b7c6d5e HTTP/2.0" 502 157 "-" "-" 0.003 127.0.0.1:8000, 127.0.0.1:8001 502, 200 0.001, 0.002`,
	`2001:db8::1 - - [30/Nov/2026:01:27:28 +0000] "-" 400 0 "-" "-" rt=0.000 uct="-" urt="-" us=api ut=api`,
	`{"time":"2026-11-30T01:27:28+00:00","status":200,"uri":"/login?x=y","password":"hunter2","request_time":"0.010","upstream":"127.0.0.1:8000","agent":"Mozilla/5.0"}`,
	`unix: - - [30/Nov/2026:01:27:28 +0000] "\x16\x03\x01" 400 150 "-" "-"`,
	`1732929448.123 10.0.0.1 4111111111111111 session=deadbeef01 key=value pin=1 n=5 api "say \"secret\" now" 12`,
	`10.0.0.1 - - [30/Nov/2026:01:27:28 +0000] "GET http://user:pw@host/x HTTP/1.1" 499 0 "unclosed secret`,
	`10.0.0.1 "GET / HTTP/1.1" 200 0.011 [127.0.0.1:8000, 127.0.0.1:8001] [-] [alice], [[::1]:80] [unix:/run/x.sock] 200`,
	``, `   `, `{`, `"`, `{"a":}`,
}

var errorLines = []string{
	`2026/11/30 01:27:28 [error] 15940#15940: *7 upstream prematurely closed connection while reading response header from upstream, client: 10.0.0.1, server: app.example.com, request: "POST /pay?card=4111 HTTP/1.1", upstream: "http://127.0.0.1:8000/pay?card=4111", host: "app.example.com", referrer: "https://x/?t=secret"`,
	`2026/11/30 01:27:28 [crit] 1#1: *7 connect() to unix:/run/php/x.sock failed (2: No such file or directory) while connecting to upstream, client: 10.0.0.1, server: _, request: "GET / HTTP/1.1", upstream: "fastcgi://unix:/run/php/x.sock:", host: "a"`,
	`2026/11/30 01:27:28 [error] 1#1: *7 FastCGI sent in stderr: "PHP message: password "hunter2" while connecting" while reading response header from upstream, client: 10.0.0.1, server: _, request: "GET /x HTTP/1.1", upstream: "fastcgi://127.0.0.1:9000", host: "a"`,
	`2026/11/30 01:27:28 [error] 1#1: *7 user "alice": password mismatch, client: 10.0.0.1, server: _, request: "GET /a="b", host: "x" HTTP/1.1", host: "secret host!"`,
	`2026/11/30 01:27:28 [error] 1#1: *7 no live upstreams while connecting to upstream, client: ::1, server: _, request: "GET / HTTP/1.1", upstream: "http://api/", host: "localhost"`,
	`2026/11/30 01:27:28 [crit] 1#1: *7 SSL_do_handshake() failed (SSL: error:0A000410:SSL routines::sslv3 alert handshake failure:SSL alert number 40) while SSL handshaking to upstream, client: 10.0.0.1, server: _`,
	`2026/11/30 01:27:28 [alert] 1#1: 768 worker_connections are not enough`,
	`2026/11/30 01:27:28 [warn] 1#1: *7 an upstream response is buffered to a temporary file /var/cache/nginx/proxy_temp/1/00/0000000001 while reading upstream, client: 10.0.0.1, server: _, request: "GET /big HTTP/1.1", upstream: "http://127.0.0.1:8000/big", host: "a"`,
	`2026/11/30 01:27:28 [error] 1#1: *7 [lua] init.lua:3: secret`,
	`Stack trace: secret`, ``,
}

func TestLogsHoldNoSecret(t *testing.T) {
	var b strings.Builder
	for _, l := range accessLines {
		b.WriteString(AccessLine(l, map[string]bool{"api": true}) + "\n")
	}
	for _, l := range errorLines {
		b.WriteString(ErrorLine(l) + "\n")
	}
	all := b.String()
	for _, s := range []string{"secret", "s3cret", "alice", "4f9a8b7c6d5e", "hunter2", "Mozilla", "curl", "4111", "deadbeef", "pw@", "sid=", "login?x"} {
		if strings.Contains(all, s) {
			t.Errorf("%q is left in\n%s", s, all)
		}
	}
	for _, want := range []string{
		`10.0.0.1 - - [30/Nov/2026:01:27:28 +0000] "GET /orders/42?_ HTTP/1.1" 200 612 "-" "-"`,
		`0.003 127.0.0.1:8000, 127.0.0.1:8001 502, 200 0.001, 0.002`,
		`[127.0.0.1:8000, 127.0.0.1:8001] [-] [-], [[::1]:80] [unix:/run/x.sock] 200`,
		`"status":200,"uri":"/login?_","-":"-","request_time":"0.010","upstream":"127.0.0.1:8000"`,
		`upstream prematurely closed connection while reading response header from upstream, client: 10.0.0.1, server: app.example.com, request: "POST /pay?_ HTTP/1.1", upstream: "http://127.0.0.1:8000/pay?_", host: "app.example.com", referrer: "-"`,
		`connect() to unix:/run/php/x.sock failed (2: No such file or directory) while connecting to upstream`,
		`FastCGI sent in stderr: "-" while reading response header from upstream, client`,
		`no live upstreams while connecting to upstream, client: ::1, server: _, request: "GET / HTTP/1.1", upstream: "http://api/", host: "localhost"`,
		`(SSL: error:0A000410:SSL routines::sslv3 alert handshake failure:SSL alert number 40)`,
		`768 worker_connections are not enough`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%s is missing in\n%s", want, all)
		}
	}
}
