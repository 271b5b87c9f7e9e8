package collect

import (
	"slices"
	"strings"
	"sync"
)

// How the arguments of a directive are taken. Of a directive that is not listed only
// the name is.
const (
	asWords   = 'k' // each word, as far as its shape is that of a setting
	asWritten = 'w' // files of the host that the collector follows, and formats of logs
	asValue   = 'v' // the first word is a name, the others may be anything
	asSafe    = 's' // each word may be anything
)

// nginxWords are directives of which every argument is a setting.
const nginxWords = `
worker_processes worker_connections worker_rlimit_nofile worker_cpu_affinity worker_priority
worker_shutdown_timeout worker_aio_requests daemon master_process user pid thread_pool
use multi_accept accept_mutex accept_mutex_delay timer_resolution pcre_jit lock_file
events http stream mail server location upstream types default_type limit_except

listen server_name server_names_hash_bucket_size server_names_hash_max_size server_name_in_redirect
root alias index try_files error_page internal recursive_error_pages absolute_redirect port_in_redirect
sendfile sendfile_max_chunk aio aio_write directio tcp_nopush tcp_nodelay output_buffers postpone_output
keepalive_timeout keepalive_requests keepalive_time keepalive_min_timeout keepalive_disable
client_header_timeout client_body_timeout client_max_body_size client_body_buffer_size
client_body_in_file_only client_body_in_single_buffer client_body_temp_path client_header_buffer_size
large_client_header_buffers connection_pool_size request_pool_size send_timeout send_lowat
reset_timedout_connection lingering_close lingering_time lingering_timeout
resolver resolver_timeout satisfy allow deny server_tokens underscores_in_headers ignore_invalid_headers
merge_slashes etag if_modified_since max_ranges chunked_transfer_encoding open_file_cache
open_file_cache_valid open_file_cache_min_uses open_file_cache_errors open_log_file_cache log_not_found
log_subrequest limit_rate limit_rate_after limit_conn limit_conn_zone limit_conn_status limit_conn_log_level
limit_conn_dry_run limit_req limit_req_zone limit_req_status limit_req_log_level limit_req_dry_run
variables_hash_max_size variables_hash_bucket_size map_hash_max_size map_hash_bucket_size
types_hash_max_size types_hash_bucket_size disable_symlinks read_ahead early_hints

gzip gzip_comp_level gzip_types gzip_proxied gzip_min_length gzip_buffers gzip_http_version gzip_vary
gzip_disable gzip_static gunzip brotli brotli_types brotli_comp_level zstd expires
http2 http2_max_concurrent_streams http2_recv_timeout http2_idle_timeout http2_max_requests
http2_chunk_size http2_body_preread_size http2_recv_buffer_size http2_max_concurrent_pushes
http2_max_field_size http2_max_header_size http3 http3_hq http3_max_concurrent_streams
http3_stream_buffer_size quic_retry quic_gso quic_active_connection_id_limit quic_bpf
ssl ssl_protocols ssl_session_timeout ssl_session_cache ssl_session_tickets ssl_buffer_size
ssl_handshake_timeout ssl_prefer_server_ciphers ssl_early_data ssl_verify_client ssl_reject_handshake
ssl_preread ssl_stapling

zone ip_hash hash least_conn least_time random keepalive queue ntlm sticky_drop health_check
check_interval stub_status status real_ip_header real_ip_recursive set_real_ip_from
rewrite rewrite_log break mirror mirror_request_body slice
proxy_protocol proxy_protocol_timeout proxy_timeout proxy_responses proxy_requests
proxy_half_close proxy_upload_rate proxy_download_rate preread_timeout preread_buffer_size
tcp_user_timeout proxy_redirect proxy_method proxy_allow_upstream ssi sub_filter_once
auth_delay postpone_gzipping msie_padding upstream_conf
uwsgi_modifier1 uwsgi_modifier2 fastcgi_index fastcgi_split_path_info fastcgi_keep_conn
memcached_gzip_flag proxy_http_version proxy_headers_hash_max_size proxy_headers_hash_bucket_size
tunnel_pass tunnel_allow_upstream proxy_connect proxy_connect_allow
`

// passWords stand behind the name of a protocol ("proxy", "fastcgi") and "_".
const passWords = `
pass bind connect_timeout send_timeout read_timeout buffering buffers buffer_size busy_buffers_size
request_buffering max_temp_file_size temp_file_write_size temp_path ignore_client_abort
next_upstream next_upstream_timeout next_upstream_tries intercept_errors ignore_headers hide_header
pass_header pass_headers pass_request_headers pass_request_body socket_keepalive limit_rate send_lowat
force_ranges allow_upstream catch_stderr
cache cache_valid cache_use_stale cache_lock cache_lock_age cache_lock_timeout cache_methods cache_min_uses
cache_background_update cache_revalidate cache_max_range_offset cache_convert_head cache_path
store store_access
ssl ssl_protocols ssl_session_reuse ssl_server_name ssl_name ssl_verify ssl_verify_depth
`

var protocols = []string{"proxy", "fastcgi", "uwsgi", "scgi", "grpc", "memcached"}

// directives says how the arguments of each directive are taken, by its name.
var directives = sync.OnceValue(func() map[string]byte {
	all := map[string]byte{}
	put := func(as byte, names string) {
		for n := range strings.FieldsSeq(names) {
			all[n] = as
		}
	}
	put(asWords, nginxWords)
	for _, p := range protocols {
		for n := range strings.FieldsSeq(passWords) {
			all[p+"_"+n] = asWords
		}
	}
	put(asWritten, "include error_log access_log log_format load_module")
	put(asValue, `proxy_set_header grpc_set_header fastcgi_param uwsgi_param scgi_param add_header
		add_trailer set`)
	put(asSafe, `if return proxy_cache_bypass proxy_no_cache fastcgi_cache_bypass fastcgi_no_cache uwsgi_cache_bypass
		uwsgi_no_cache scgi_cache_bypass scgi_no_cache map geo split_clients`)
	return all
})

// directiveList is the table as the script has it: "name=k".
func directiveList() string {
	var all []string
	for name, as := range directives() {
		all = append(all, name+"="+string(rune(as)))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// tables are blocks of which the directives are no directives but rows.
var tables = map[string]bool{"map": true, "geo": true, "split_clients": true}
