//! What makes an object a web application: the classes and functions of the frameworks.

use crate::project::{Framework, Interface};

/// What calling something gives: an application of a framework, or one of an interface alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) framework: Option<Framework>,
    /// Unknown where neither a framework nor a signature tells.
    pub(super) interface: Option<Interface>,
}

impl Kind {
    pub(super) const UNKNOWN: Self = Self { framework: None, interface: None };

    pub(super) const fn raw(interface: Interface) -> Self {
        Self { framework: None, interface: Some(interface) }
    }
}

impl From<Framework> for Kind {
    fn from(framework: Framework) -> Self {
        Self { framework: Some(framework), interface: framework.interface() }
    }
}

impl Framework {
    /// How a server calls its applications; `None` for one that is only ever run as a program.
    pub const fn interface(self) -> Option<Interface> {
        match self {
            Self::Django
            | Self::Flask
            | Self::Falcon
            | Self::Bottle
            | Self::Pyramid
            | Self::Dash => Some(Interface::Wsgi),
            Self::FastApi
            | Self::Starlette
            | Self::Quart
            | Self::Litestar
            | Self::Sanic
            | Self::BlackSheep => Some(Interface::Asgi),
            Self::Aiohttp => Some(Interface::Aiohttp),
            Self::Streamlit => None,
        }
    }

    /// The distributions whose presence among the dependencies speaks for it.
    pub(super) const fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Django => &["django"],
            Self::Flask => &["flask", "apiflask", "flask-openapi3"],
            Self::FastApi => &["fastapi", "fastapi-slim"],
            Self::Starlette => &["starlette"],
            Self::Quart => &["quart"],
            Self::Litestar => &["litestar", "starlite"],
            Self::Sanic => &["sanic"],
            Self::Aiohttp => &["aiohttp"],
            Self::Falcon => &["falcon"],
            Self::Bottle => &["bottle"],
            Self::Pyramid => &["pyramid"],
            Self::BlackSheep => &["blacksheep"],
            Self::Dash => &["dash"],
            Self::Streamlit => &["streamlit"],
        }
    }

    /// All of them.
    pub(super) const ALL: &'static [Self] = &[
        Self::Django,
        Self::Flask,
        Self::FastApi,
        Self::Starlette,
        Self::Quart,
        Self::Litestar,
        Self::Sanic,
        Self::Aiohttp,
        Self::Falcon,
        Self::Bottle,
        Self::Pyramid,
        Self::BlackSheep,
        Self::Dash,
        Self::Streamlit,
    ];

    /// Those that could be what an application is whose making cannot be followed, the likeliest first.
    pub(super) const LIKELY: &'static [Self] = &[
        Self::Flask,
        Self::FastApi,
        Self::Quart,
        Self::Litestar,
        Self::Starlette,
        Self::Sanic,
        Self::Falcon,
        Self::BlackSheep,
        Self::Aiohttp,
    ];
}

/// What a class or function of an installed package makes, by its full name.
pub(super) fn made_by(path: &str) -> Option<Kind> {
    let framework = match path {
        "flask.Flask" | "flask.app.Flask" | "apiflask.APIFlask" | "flask_openapi3.OpenAPI" => {
            Framework::Flask
        }
        "fastapi.FastAPI" | "fastapi.applications.FastAPI" => Framework::FastApi,
        "starlette.applications.Starlette" => Framework::Starlette,
        "quart.Quart" | "quart.app.Quart" => Framework::Quart,
        "litestar.Litestar" | "litestar.app.Litestar" | "starlite.Starlite" => Framework::Litestar,
        "sanic.Sanic" | "sanic.app.Sanic" => Framework::Sanic,
        "aiohttp.web.Application" => Framework::Aiohttp,
        "falcon.App" | "falcon.API" => Framework::Falcon,
        "falcon.asgi.App" => {
            return Some(Kind {
                framework: Some(Framework::Falcon),
                interface: Some(Interface::Asgi),
            });
        }
        "bottle.Bottle" | "bottle.default_app" | "bottle.app" => Framework::Bottle,
        "blacksheep.Application" | "blacksheep.server.Application" => Framework::BlackSheep,
        "dash.Dash" | "dash.dash.Dash" => Framework::Dash,
        "django.core.wsgi.get_wsgi_application" => Framework::Django,
        "django.core.asgi.get_asgi_application" | "channels.routing.ProtocolTypeRouter" => {
            return Some(Kind {
                framework: Some(Framework::Django),
                interface: Some(Interface::Asgi),
            });
        }
        "socketio.ASGIApp" | "engineio.ASGIApp" => return Some(Kind::raw(Interface::Asgi)),
        "socketio.WSGIApp" | "engineio.WSGIApp" => return Some(Kind::raw(Interface::Wsgi)),
        _ => return None,
    };
    Some(framework.into())
}

/// What a wrapper does to the interface of the application inside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrapper {
    /// Nothing.
    Transparent,
    /// It gives it another one.
    Adapts(Interface),
}

/// Whether a class or function wraps an application.
///
/// An extension such as `Api(app)` takes an application too, and is none itself, so wrappers are
/// told by name.
pub(super) fn wrapper(callee: &str) -> Option<Wrapper> {
    let name = callee.rsplit('.').next().unwrap_or(callee);
    match name {
        "WsgiToAsgi" | "WSGIMiddleware" | "ASGIApp" => Some(Wrapper::Adapts(Interface::Asgi)),
        "AsgiToWsgi" | "ASGIMiddleware" | "WSGIApp" => Some(Wrapper::Adapts(Interface::Wsgi)),
        "ProxyFix" | "WhiteNoise" | "Cling" | "MediaCling" | "ReverseProxied" => {
            Some(Wrapper::Transparent)
        }
        _ => name.ends_with("Middleware").then_some(Wrapper::Transparent),
    }
}

/// Whether a function of an installed package serves an application until it is told to stop.
pub(super) fn serves(path: &str) -> bool {
    matches!(
        path,
        "uvicorn.run"
            | "waitress.serve"
            | "hypercorn.run"
            | "hypercorn.asyncio.serve"
            | "aiohttp.web.run_app"
            | "werkzeug.serving.run_simple"
            | "werkzeug.run_simple"
            | "bottle.run"
            | "cheroot.wsgi.Server"
    )
}
