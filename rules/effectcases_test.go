package rules_test

// effectRules are the rules whose fixes write headers or versions. The cases
// name what becomes of every header, so no further rule may add to that.
var effectRules = []string{
	"nginx-proxy-http10", "nginx-proxy-connection-close", "nginx-proxy-headers-lost", "nginx-sse-buffered",
}

var effectCases = []effectCase{
	{
		name: "http owns the headers and everything is pooled",
		text: `events {}
http {
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / { proxy_pass http://app; }
        location /api/ { proxy_pass http://app; }
    }
}
`,
		before: `location /: -, host $host, x-real-ip $remote_addr
location /api/: -, host $host, x-real-ip $remote_addr
`,
		safe: `location /: 1.1, connection "", host $host, x-real-ip $remote_addr
location /api/: 1.1, connection "", host $host, x-real-ip $remote_addr
`,
		unsafe: `location /: 1.1, connection "", host $host, x-real-ip $remote_addr
location /api/: 1.1, connection "", host $host, x-real-ip $remote_addr
`,
	},
	{
		name: "http owns the headers and one location has no pool",
		text: `events {}
http {
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / { proxy_pass http://app; }
        location /other/ { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `location /: -, host $host, x-real-ip $remote_addr
location /other/: -, host $host, x-real-ip $remote_addr
`,
		safe: `location /: 1.1, connection "", host $host, x-real-ip $remote_addr
location /other/: -, host $host, x-real-ip $remote_addr
`,
		unsafe: `location /: 1.1, connection "", host $host, x-real-ip $remote_addr
location /other/: -, host $host, x-real-ip $remote_addr
`,
	},
	{
		name: "http owns a literal close and one location has no pool",
		text: `events {}
http {
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header Connection close;
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / { proxy_pass http://app; }
        location /other/ { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `location /: 1.1, connection close, host $host
location /other/: 1.1, connection close, host $host
`,
		safe: `location /: 1.1, connection "", host $host
location /other/: 1.1, connection close, host $host
`,
		unsafe: `location /: 1.1, connection "", host $host
location /other/: 1.1, connection close, host $host
`,
	},
	{
		name: "two servers, each owns its headers",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_set_header Host $host;
        location / { proxy_pass http://app; }
        location /x/ { proxy_set_header X-Only 1; proxy_pass http://127.0.0.1:9090; }
    }
    server {
        listen 81;
        proxy_set_header Host $http_host;
        location / { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `server (2) > location /: -, host $http_host
location /: -, host $host
location /x/: -, x-only 1
`,
		safe: `server (2) > location /: -, host $http_host
location /: 1.1, connection "", host $host
location /x/: -, x-only 1
`,
		unsafe: `server (2) > location /: -, host $http_host
location /: 1.1, connection "", host $host
location /x/: -, host $host, x-only 1
`,
	},
	{
		name: "the location owns its headers, others inherit",
		text: `events {}
http {
    proxy_set_header X-Outer 1;
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / { proxy_set_header Host $host; proxy_set_header X-Outer 1; proxy_pass http://app; }
        location /other/ { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `location /: -, host $host, x-outer 1
location /other/: -, x-outer 1
`,
		safe: `location /: 1.1, connection "", host $host, x-outer 1
location /other/: -, x-outer 1
`,
		unsafe: `location /: 1.1, connection "", host $host, x-outer 1
location /other/: -, x-outer 1
`,
	},
	{
		name: "an included file owns the headers of a server",
		text: `-- nginx.conf --
events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        include headers.conf;
        location / { proxy_pass http://app; }
    }
    server {
        listen 81;
        include headers.conf;
        location / { proxy_pass http://127.0.0.1:9090; }
    }
}
-- headers.conf --
proxy_set_header Host $host;
proxy_set_header X-Real-IP $remote_addr;
`,
		before: `server (2) > location /: -, host $host, x-real-ip $remote_addr
location /: -, host $host, x-real-ip $remote_addr
`,
		safe: `server (2) > location /: -, host $host, x-real-ip $remote_addr
location /: 1.1, connection "", host $host, x-real-ip $remote_addr
`,
		unsafe: `server (2) > location /: -, host $host, x-real-ip $remote_addr
location /: 1.1, connection "", host $host, x-real-ip $remote_addr
`,
	},
	{
		name: "an included file owns the headers of locations",
		text: `-- nginx.conf --
events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / { include headers.conf; proxy_pass http://app; }
        location /other/ { include headers.conf; proxy_pass http://127.0.0.1:9090; }
    }
}
-- headers.conf --
proxy_set_header Host $host;
proxy_set_header X-Real-IP $remote_addr;
`,
		before: `location /: -, host $host, x-real-ip $remote_addr
location /other/: -, host $host, x-real-ip $remote_addr
`,
		safe: `location /: 1.1, connection "", host $host, x-real-ip $remote_addr
location /other/: -, host $host, x-real-ip $remote_addr
`,
		unsafe: `location /: 1.1, connection "", host $host, x-real-ip $remote_addr
location /other/: -, host $host, x-real-ip $remote_addr
`,
	},
	{
		name: "an included file sends close to a pool and to another backend",
		text: `-- nginx.conf --
events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / { include headers.conf; proxy_pass http://app; }
        location /other/ { include headers.conf; proxy_pass http://127.0.0.1:9090; }
    }
}
-- headers.conf --
proxy_http_version 1.1;
proxy_set_header Host $host;
proxy_set_header Connection close;
`,
		before: `location /: 1.1, connection close, host $host
location /other/: 1.1, connection close, host $host
`,
		safe: `location /: 1.1, connection close, host $host
location /other/: 1.1, connection close, host $host
`,
		unsafe: `location /: 1.1, connection close, host $host
location /other/: 1.1, connection close, host $host
`,
	},
	{
		name: "a location that is included twice, where both servers agree",
		text: `-- nginx.conf --
events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server { include app.conf; }
    server { listen 81; include app.conf; }
}
-- app.conf --
location / {
    proxy_set_header Host $host;
    proxy_pass http://app;
}
`,
		before: `server (2) > location /: -, host $host
location /: -, host $host
`,
		safe: `server (2) > location /: 1.1, connection "", host $host
location /: 1.1, connection "", host $host
`,
		unsafe: `server (2) > location /: 1.1, connection "", host $host
location /: 1.1, connection "", host $host
`,
	},
	{
		name: "a location that is included twice, where one server has headers",
		text: `-- nginx.conf --
events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server { include app.conf; }
    server { listen 81; proxy_set_header X-Second 1; include app.conf; }
}
-- app.conf --
location / {
    proxy_pass http://app;
}
`,
		before: `server (2) > location /: -, x-second 1
location /: -
`,
		safe: `server (2) > location /: -, x-second 1
location /: -
`,
		unsafe: `server (2) > location /: -, x-second 1
location /: -
`,
	},
	{
		name: "a location that is included twice, where the servers have different headers",
		text: `-- nginx.conf --
events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_set_header X-First 1;
        include app.conf;
        location /other/ { proxy_pass http://127.0.0.1:9090; }
    }
    server {
        listen 81;
        proxy_set_header X-Second 1;
        include app.conf;
        location /other/ { proxy_pass http://127.0.0.1:9090; }
    }
}
-- app.conf --
location / {
    proxy_pass http://app;
}
`,
		before: `server (2) > location /: -, x-second 1
server (2) > location /other/: -, x-second 1
location /: -, x-first 1
location /other/: -, x-first 1
`,
		safe: `server (2) > location /: -, x-second 1
server (2) > location /other/: -, x-second 1
location /: -, x-first 1
location /other/: -, x-first 1
`,
		unsafe: `server (2) > location /: -, x-second 1
server (2) > location /other/: -, x-second 1
location /: -, x-first 1
location /other/: -, x-first 1
`,
	},
	{
		name: "a pass that is included twice",
		text: `-- nginx.conf --
events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / { proxy_set_header Host $host; include pass.conf; }
        location /api/ { include pass.conf; }
    }
}
-- pass.conf --
proxy_pass http://app;
`,
		before: `location /: -, host $host
location /api/: -
`,
		safe: `location /: -, host $host
location /api/: -
`,
		unsafe: `location /: -, host $host
location /api/: -
`,
	},
	{
		name: "a nested location inherits the headers of the outer one",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / {
            proxy_set_header Host $host;
            proxy_pass http://app;
            location /inner/ { proxy_pass http://127.0.0.1:9090; }
        }
    }
}
`,
		before: `location /: -, host $host
location / > location /inner/: -, host $host
`,
		safe: `location /: -, host $host
location / > location /inner/: -, host $host
`,
		unsafe: `location /: -, host $host
location / > location /inner/: -, host $host
`,
		dropped: []string{`nginx-proxy-http10: it would change what location /inner/ does: connection from not set to "", proxy_http_version from not set to "1.1"`},
	},
	{
		name: "a nested location that is pooled, too",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / {
            proxy_set_header Host $host;
            proxy_pass http://app;
            location /inner/ { proxy_pass http://app; }
        }
    }
}
`,
		before: `location /: -, host $host
location / > location /inner/: -, host $host
`,
		safe: `location /: 1.1, connection "", host $host
location / > location /inner/: 1.1, connection "", host $host
`,
		unsafe: `location /: 1.1, connection "", host $host
location / > location /inner/: 1.1, connection "", host $host
`,
	},
	{
		name: "a nested location that is pooled alone",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / {
            proxy_set_header Host $host;
            proxy_pass http://127.0.0.1:9090;
            location /inner/ { proxy_pass http://app; }
        }
    }
}
`,
		before: `location /: -, host $host
location / > location /inner/: -, host $host
`,
		safe: `location /: -, host $host
location / > location /inner/: 1.1, connection "", host $host
`,
		unsafe: `location /: -, host $host
location / > location /inner/: 1.1, connection "", host $host
`,
	},
	{
		name: "an if hands on the pass and the headers of its location",
		text: `events {}
http {
    proxy_set_header Host $host;
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / {
            if ($arg_debug) { set $debug 1; }
            proxy_pass http://app;
        }
        location /other/ { if ($arg_debug) { set $debug 1; } proxy_pass http://app; }
    }
}
`,
		before: `location /: -, host $host
location / > if ($arg_debug): -, host $host
location /other/: -, host $host
location /other/ > if ($arg_debug): -, host $host
`,
		safe: `location /: 1.1, connection "", host $host
location / > if ($arg_debug): 1.1, connection "", host $host
location /other/: 1.1, connection "", host $host
location /other/ > if ($arg_debug): 1.1, connection "", host $host
`,
		unsafe: `location /: 1.1, connection "", host $host
location / > if ($arg_debug): 1.1, connection "", host $host
location /other/: 1.1, connection "", host $host
location /other/ > if ($arg_debug): 1.1, connection "", host $host
`,
	},
	{
		name: "only the if is pooled",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / {
            proxy_set_header Host $host;
            if ($arg_app) { proxy_pass http://app; }
            proxy_pass http://127.0.0.1:9090;
        }
    }
}
`,
		before: `location /: -, host $host
location / > if ($arg_app): -, host $host
`,
		safe: `location /: -, host $host
location / > if ($arg_app): -, host $host
`,
		unsafe: `location /: 1.1, connection "", host $host
location / > if ($arg_app): 1.1, connection "", host $host
`,
	},
	{
		name: "only limit_except is pooled",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / {
            proxy_set_header Host $host;
            limit_except GET { proxy_pass http://app; }
            proxy_pass http://127.0.0.1:9090;
        }
    }
}
`,
		before: `location /: -, host $host
location / > limit_except GET: -, host $host
`,
		safe: `location /: -, host $host
location / > limit_except GET: -, host $host
`,
		unsafe: `location /: 1.1, connection "", host $host
location / > limit_except GET: 1.1, connection "", host $host
`,
	},
	{
		name: "both are pooled, the location and its if",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    upstream web { server 127.0.0.1:8081; keepalive 8; }
    server {
        location / {
            proxy_set_header Host $host;
            if ($arg_app) { proxy_pass http://app; }
            proxy_pass http://web;
        }
    }
}
`,
		before: `location /: -, host $host
location / > if ($arg_app): -, host $host
`,
		safe: `location /: 1.1, connection "", host $host
location / > if ($arg_app): 1.1, connection "", host $host
`,
		unsafe: `location /: 1.1, connection "", host $host
location / > if ($arg_app): 1.1, connection "", host $host
`,
	},
	{
		name: "a named location inherits from the server",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
        location / {
            proxy_set_header X-First 1;
            try_files $uri @app;
        }
        location @app { proxy_pass http://app; }
        location /other/ { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `location /other/: -, host $host, x-real-ip $remote_addr
location @app: -, host $host, x-real-ip $remote_addr
`,
		safe: `location /other/: -, host $host, x-real-ip $remote_addr
location @app: 1.1, connection "", host $host, x-real-ip $remote_addr
`,
		unsafe: `location /other/: -, host $host, x-real-ip $remote_addr
location @app: 1.1, connection "", host $host, x-real-ip $remote_addr
`,
	},
	{
		name: "the map is used by pools alone",
		text: `events {}
http {
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    upstream web { server 127.0.0.1:8081; keepalive 8; }
    server {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        location / { proxy_pass http://app; }
        location /web/ { proxy_pass http://web; }
    }
}
`,
		before: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }, upgrade $http_upgrade
location /web/: 1.1, connection $connection_upgrade { default upgrade; "" close; }, upgrade $http_upgrade
`,
		safe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" ""; }, upgrade $http_upgrade
location /web/: 1.1, connection $connection_upgrade { default upgrade; "" ""; }, upgrade $http_upgrade
`,
		unsafe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" ""; }, upgrade $http_upgrade
location /web/: 1.1, connection $connection_upgrade { default upgrade; "" ""; }, upgrade $http_upgrade
`,
	},
	{
		name: "the map is used where there is no pool, too",
		text: `events {}
http {
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        location / { proxy_pass http://app; }
        location /other/ { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }, upgrade $http_upgrade
location /other/: 1.1, connection $connection_upgrade { default upgrade; "" close; }, upgrade $http_upgrade
`,
		safe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }, upgrade $http_upgrade
location /other/: 1.1, connection $connection_upgrade { default upgrade; "" close; }, upgrade $http_upgrade
`,
		unsafe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" ""; }, upgrade $http_upgrade
location /other/: 1.1, connection $connection_upgrade { default upgrade; "" ""; }, upgrade $http_upgrade
`,
	},
	{
		name: "the map is used for another header, too",
		text: `events {}
http {
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_http_version 1.1;
        proxy_set_header Connection $connection_upgrade;
        location / { proxy_pass http://app; }
        location /api/ {
            proxy_set_header Connection "";
            proxy_set_header X-Was $connection_upgrade;
            proxy_pass http://app;
        }
    }
}
`,
		before: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }
location /api/: 1.1, connection "", x-was $connection_upgrade { default upgrade; "" close; }
`,
		safe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }
location /api/: 1.1, connection "", x-was $connection_upgrade { default upgrade; "" close; }
`,
		unsafe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" ""; }
location /api/: 1.1, connection "", x-was $connection_upgrade { default upgrade; "" ""; }
`,
	},
	{
		name: "the map may be used in a file that cannot be seen",
		text: `events {}
http {
    include /srv/elsewhere/*.conf;
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_http_version 1.1;
        proxy_set_header Connection $connection_upgrade;
        location / { proxy_pass http://app; }
    }
}
`,
		before: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }
`,
		safe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }
`,
		unsafe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" ""; }
`,
	},
	{
		name: "what a location sends cannot be seen",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / { include /srv/elsewhere/proxy.conf; proxy_pass http://app; }
    }
}
`,
		before: `location /: -
`,
		safe: `location /: -
`,
		unsafe: `location /: -
`,
	},
	{
		name: "a lost header is repeated only by unsafe fixes",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header X-Real-IP $remote_addr;
        location / { proxy_set_header Host $host; proxy_pass http://app; }
        location /other/ { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `location /: 1.1, host $host
location /other/: 1.1, connection "", x-real-ip $remote_addr
`,
		safe: `location /: 1.1, connection "", host $host
location /other/: 1.1, connection "", x-real-ip $remote_addr
`,
		unsafe: `location /: 1.1, connection "", host $host, x-real-ip $remote_addr
location /other/: 1.1, connection "", x-real-ip $remote_addr
`,
	},
	{
		name: "the location is pooled and its if is not",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / {
            proxy_set_header Host $host;
            if ($arg_other) { proxy_pass http://127.0.0.1:9090; }
            proxy_pass http://app;
        }
    }
}
`,
		before: `location /: -, host $host
location / > if ($arg_other): -, host $host
`,
		safe: `location /: -, host $host
location / > if ($arg_other): -, host $host
`,
		unsafe: `location /: 1.1, connection "", host $host
location / > if ($arg_other): 1.1, connection "", host $host
`,
	},
	{
		name: "the map stands in a variable of another map",
		text: `events {}
http {
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    map $uri $by_path { default $connection_upgrade; /x keep-alive; }
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_http_version 1.1;
        location / { proxy_set_header Connection $connection_upgrade; proxy_pass http://app; }
        location /by/ { proxy_set_header Connection $by_path; proxy_pass http://app; }
    }
}
`,
		before: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }
location /by/: 1.1, connection $by_path { default $connection_upgrade; /x keep-alive; }
`,
		safe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }
location /by/: 1.1, connection $by_path { default $connection_upgrade; /x keep-alive; }
`,
		unsafe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" ""; }
location /by/: 1.1, connection $by_path { default $connection_upgrade; /x keep-alive; }
`,
	},
	{
		name: "the map is logged and asked in an if",
		text: `events {}
http {
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    log_format x "$remote_addr $connection_upgrade";
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_http_version 1.1;
        location / {
            if ($connection_upgrade = close) { return 403; }
            proxy_set_header Connection $connection_upgrade;
            proxy_pass http://app;
        }
    }
}
`,
		before: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }
location / > if ($connection_upgrade = close): 1.1, connection $connection_upgrade { default upgrade; "" close; }
`,
		safe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }
location / > if ($connection_upgrade = close): 1.1, connection $connection_upgrade { default upgrade; "" close; }
`,
		unsafe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" ""; }
location / > if ($connection_upgrade = close): 1.1, connection $connection_upgrade { default upgrade; "" ""; }
`,
	},
	{
		name: "a variable with a longer name is another one",
		text: `events {}
http {
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    log_format x "$connection_upgrade_time";
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_http_version 1.1;
        location / {
            proxy_set_header Connection $connection_upgrade;
            proxy_pass http://app;
        }
    }
}
`,
		before: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }
`,
		safe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" ""; }
`,
		unsafe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" ""; }
`,
	},
	{
		name: "the lost header stands there with other quotes",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_http_version 1.1;
        proxy_set_header Connection '';
        proxy_set_header X-Real-IP $remote_addr;
        location / { proxy_set_header HOST $host; proxy_pass http://app; }
        location /api/ { proxy_pass http://app; }
    }
}
`,
		before: `location /: 1.1, host $host
location /api/: 1.1, connection "", x-real-ip $remote_addr
`,
		safe: `location /: 1.1, connection "", host $host
location /api/: 1.1, connection "", x-real-ip $remote_addr
`,
		unsafe: `location /: 1.1, connection "", host $host, x-real-ip $remote_addr
location /api/: 1.1, connection "", x-real-ip $remote_addr
`,
	},
	{
		name: "the headers of http, of a server and of a location",
		text: `events {}
http {
    proxy_set_header X-Http 1;
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_set_header X-Server 1;
        location / { proxy_pass http://app; }
        location /own/ { proxy_set_header X-Own 1; proxy_pass http://app; }
    }
    server {
        listen 81;
        location / { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `server (2) > location /: -, x-http 1
location /: -, x-server 1
location /own/: -, x-own 1
`,
		safe: `server (2) > location /: -, x-http 1
location /: 1.1, connection "", x-server 1
location /own/: 1.1, connection "", x-own 1
`,
		unsafe: `server (2) > location /: -, x-http 1
location /: 1.1, connection "", x-http 1, x-server 1
location /own/: 1.1, connection "", x-http 1, x-own 1, x-server 1
`,
	},
	{
		name: "a site read alone, with the http block unseen",
		text: `upstream app { server 127.0.0.1:8080; keepalive 8; }
server {
    location / { proxy_pass http://app; }
    location /own/ { proxy_set_header Host $host; proxy_pass http://app; }
}
`,
		before: `location /: -
location /own/: -, host $host
`,
		safe: `location /: -
location /own/: 1.1, connection "", host $host
`,
		unsafe: `location /: 1.1, connection ""
location /own/: 1.1, connection "", host $host
`,
	},
	{
		name: "a literal close for two pools and for a backend without one",
		text: `events {}
http {
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header Connection close;
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / { proxy_pass http://app; }
        location /api/ { proxy_pass http://app; }
        location /other/ { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `location /: 1.1, connection close, host $host
location /api/: 1.1, connection close, host $host
location /other/: 1.1, connection close, host $host
`,
		safe: `location /: 1.1, connection "", host $host
location /api/: 1.1, connection "", host $host
location /other/: 1.1, connection close, host $host
`,
		unsafe: `location /: 1.1, connection "", host $host
location /api/: 1.1, connection "", host $host
location /other/: 1.1, connection close, host $host
`,
	},
	{
		name: "a file that cannot be seen is about who may come in",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        include snippets/agent_deny.conf;
        location / { proxy_set_header Host $host; proxy_pass http://app; }
    }
}
`,
		before: `location /: -, host $host
`,
		safe: `location /: 1.1, connection "", host $host
`,
		unsafe: `location /: 1.1, connection "", host $host
`,
	},
	{
		name: "a file that cannot be seen is about passing on",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        include snippets/proxy.conf;
        location / { proxy_set_header Host $host; proxy_pass http://app; }
    }
}
`,
		before: `location /: -, host $host
`,
		safe: `location /: -, host $host
`,
		unsafe: `location /: -, host $host
`,
	},
	{
		name: "an event stream changes alone",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_set_header Host $host;
        location /events { proxy_pass http://127.0.0.1:9090; }
        location / { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `location /: -, host $host
location /events: -, host $host
`,
		safe: `location /: -, host $host
location /events: 1.1, host $host
`,
		unsafe: `location /: -, host $host
location /events: 1.1, host $host
`,
	},
}
