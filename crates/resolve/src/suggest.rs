//! What somebody may have meant who named a project that does not exist or cannot be used.

use boxwright_requirements::PackageName;

/// Import names that are not their project's name, and names people take for another's.
const IMPORT_NAMES: &[(&str, &str)] = &[
    ("attr", "attrs"),
    ("bs4", "beautifulsoup4"),
    ("crypto", "pycryptodome"),
    ("cv2", "opencv-python-headless"),
    ("dateutil", "python-dateutil"),
    ("django-rest-framework", "djangorestframework"),
    ("docx", "python-docx"),
    ("dotenv", "python-dotenv"),
    ("flask-jwt", "flask-jwt-extended"),
    ("git", "gitpython"),
    ("google-protobuf", "protobuf"),
    ("jose", "python-jose"),
    ("jwt", "pyjwt"),
    ("magic", "python-magic"),
    ("memcache", "python-memcached"),
    ("multipart", "python-multipart"),
    ("mysqldb", "mysqlclient"),
    ("opencv", "opencv-python-headless"),
    ("pil", "pillow"),
    ("psycopg2", "psycopg2-binary"),
    ("rest-framework", "djangorestframework"),
    ("serial", "pyserial"),
    ("skimage", "scikit-image"),
    ("sklearn", "scikit-learn"),
    ("slugify", "python-slugify"),
    ("socketio", "python-socketio"),
    ("usb", "pyusb"),
    ("websocket", "websocket-client"),
    ("yaml", "pyyaml"),
    ("zmq", "pyzmq"),
];

/// Names that are mistyped often, since they are typed often.
const POPULAR: &[&str] = &[
    "aiohttp",
    "alembic",
    "beautifulsoup4",
    "boto3",
    "celery",
    "certifi",
    "click",
    "cryptography",
    "django",
    "django-cors-headers",
    "djangorestframework",
    "fastapi",
    "flask",
    "flask-cors",
    "flask-login",
    "flask-migrate",
    "flask-sqlalchemy",
    "flask-wtf",
    "gevent",
    "gunicorn",
    "httpx",
    "itsdangerous",
    "jinja2",
    "jsonschema",
    "lxml",
    "markupsafe",
    "marshmallow",
    "matplotlib",
    "mysqlclient",
    "numpy",
    "openai",
    "pandas",
    "passlib",
    "pillow",
    "psycopg2-binary",
    "pydantic",
    "pydantic-settings",
    "pyjwt",
    "pymongo",
    "pytest",
    "python-dateutil",
    "python-dotenv",
    "python-multipart",
    "pytz",
    "pyyaml",
    "redis",
    "requests",
    "scikit-learn",
    "scipy",
    "setuptools",
    "sqlalchemy",
    "starlette",
    "streamlit",
    "tornado",
    "uvicorn",
    "urllib3",
    "werkzeug",
    "whitenoise",
    "wtforms",
];

/// Another name that may have been meant.
pub(crate) fn instead_of(name: &PackageName) -> Option<&'static str> {
    let name = name.to_string();
    let import =
        IMPORT_NAMES.iter().find(|(import, _)| *import == name).map(|(_, project)| *project);
    import.or_else(|| POPULAR.iter().copied().find(|other| is_one_slip_away(&name, other)))
}

/// Whether one letter was left out, doubled, mistaken, or swapped with the next.
fn is_one_slip_away(typed: &str, meant: &str) -> bool {
    let (typed, meant) = (typed.as_bytes(), meant.as_bytes());
    if typed == meant || typed.len().abs_diff(meant.len()) > 1 {
        return false;
    }
    let same = typed.iter().zip(meant).take_while(|(a, b)| a == b).count();
    let (typed, meant) = (&typed[same..], &meant[same..]);
    match (typed, meant) {
        ([_, rest @ ..], meant) if rest == meant => true,
        (typed, [_, rest @ ..]) if typed == rest => true,
        ([_, typed @ ..], [_, meant @ ..]) if typed == meant => true,
        ([a, b, typed @ ..], [c, d, meant @ ..]) => (a, b) == (d, c) && typed == meant,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_forgiven_and_two_are_not() {
        let table = [
            ("reqeusts", Some("requests")),
            ("request", Some("requests")),
            ("flaskk", Some("flask")),
            ("falsk", Some("flask")),
            ("flaks", Some("flask")),
            ("djang", Some("django")),
            ("bs4", Some("beautifulsoup4")),
            ("sklearn", Some("scikit-learn")),
            ("flask", None),
            ("rqsts", None),
            ("a", None),
        ];
        for (typed, meant) in table {
            assert_eq!(instead_of(&typed.parse().unwrap()), meant, "{typed}");
        }
    }
}
