import jax
import jax.numpy as jnp
import numpy as np
import optax


def init_params(hidden=16):
    one, two = jax.random.split(jax.random.PRNGKey(0))
    return {"w1": jax.random.normal(one, (4, hidden)), "w2": jax.random.normal(two, (hidden, 3))}


def loss_fn(params, x, y):
    logits = jnp.tanh(x @ params["w1"]) @ params["w2"]
    return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()


def load_iris_split(shard_id):
    table = np.load("iris.npz")
    x_train, y_train = table["x"][shard_id::3], table["y"][shard_id::3]
    return {"x_train": x_train, "y_train": y_train, "x_test": table["x_test"], "y_test": table["y_test"]}


def train(params, x_train, y_train, epochs, learning_rate):
    optimizer = optax.adam(learning_rate)
    state = optimizer.init(params)
    for _ in range(epochs):
        grads = jax.grad(loss_fn)(params, x_train, y_train)
        updates, state = optimizer.update(grads, state)
        params = optax.apply_updates(params, updates)
    return params


def evaluate(params, x_test, y_test):
    return {"loss": float(loss_fn(params, x_test, y_test))}
