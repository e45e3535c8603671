#pragma once

#include "base/ascii.hpp"
