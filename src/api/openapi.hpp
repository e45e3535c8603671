#pragma once

#include <string_view>

namespace parley::api {

/// The OpenAPI 3.1 description of what is served over HTTPS, JSON.
std::string_view openapi_document();

}  // namespace parley::api
