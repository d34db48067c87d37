# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# Sourced after tap.sh: how the configuration of a server of others begins, on
# $port with $tmp/cert and $tmp/key.
# shellcheck disable=SC2154

nginx_head() { # ends within "server {"
	echo "daemon off; master_process off; pid $tmp/nginx.pid;
	error_log stderr; events {}
	http { access_log off; client_body_temp_path $tmp/a;
	proxy_temp_path $tmp/b; fastcgi_temp_path $tmp/c;
	uwsgi_temp_path $tmp/d; scgi_temp_path $tmp/e;
	server { listen 127.0.0.1:$port ssl; ssl_certificate $tmp/cert;
	ssl_certificate_key $tmp/key;"
}

apache_head() {
	modules=/usr/lib/apache2/modules
	[ -e "$modules/mod_ssl.so" ] || modules=/usr/lib64/httpd/modules
	cat <<-END
		ServerRoot $tmp
		ServerName localhost
		PidFile $tmp/apache2.pid
		ErrorLog /dev/stderr
		Mutex file:$tmp
		LoadModule mpm_event_module $modules/mod_mpm_event.so
		LoadModule authz_core_module $modules/mod_authz_core.so
		LoadModule ssl_module $modules/mod_ssl.so
		Listen 127.0.0.1:$port https
		SSLEngine on
		SSLCertificateFile $tmp/cert
		SSLCertificateKeyFile $tmp/key
		DocumentRoot $tmp
	END
}
