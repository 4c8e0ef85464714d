/**
 * A self-signed certificate of localhost and its key, for servers of tests only: whoever trusts it trusts
 * everybody. Made by `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes
 * -days 36500 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1`.
 */
export const LOCALHOST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIULwkxPCRVGhX9ivrrngpoBxvc1FIwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTIwMTEwNTI0NloYDzIxMjYxMTA3
MTA1MjQ2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARVwjyuF264IivPYC6eaIgOUBWXMK6vCbdyUagn0r+LuBWmn9OzwLd+
EyYvRlHYu1kLfIfhDXFI7FbCyLZGXqEmo28wbTAdBgNVHQ4EFgQUi+U9dbyfJxrV
zT5SIFEJqEx1oDQwHwYDVR0jBBgwFoAUi+U9dbyfJxrVzT5SIFEJqEx1oDQwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgcwHvX4eEn/XNji5W1whJYhGatAWyvGozpBR7HSJvD8gCIQD9
x1vVamk6BBi2kVZuHEWBgg/S5pJIaCQXMiy86sR2Fw==
-----END CERTIFICATE-----
`;

export const LOCALHOST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg2iQXzSsMS6N17+FB
zKsNmDyBJFFt2ILefJoGnpD7KJWhRANCAARVwjyuF264IivPYC6eaIgOUBWXMK6v
CbdyUagn0r+LuBWmn9OzwLd+EyYvRlHYu1kLfIfhDXFI7FbCyLZGXqEm
-----END PRIVATE KEY-----
`;
