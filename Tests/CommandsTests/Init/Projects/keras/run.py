from sklearn.datasets import load_digits

from model import create_model


def load_data():
    x, y = load_digits(return_X_y=True)
    return (x[:1400] / 16, y[:1400]), (x[1400:] / 16, y[1400:])


def train_model(model, x_train, y_train, epochs=5, batch_size=32):
    history = model.fit(x_train, y_train, epochs=epochs, batch_size=batch_size, verbose=0)
    return {"loss": history.history["loss"][-1]}


def evaluate_model(model, x_test, y_test):
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    return {"loss": loss, "accuracy": accuracy}


if __name__ == "__main__":
    (x_train, y_train), (x_test, y_test) = load_data()
    model = create_model()
    train_model(model, x_train, y_train)
    print(evaluate_model(model, x_test, y_test))
